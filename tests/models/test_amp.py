"""AMP against its description written out in NumPy, in float64."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.structures import PixelData

from fss_mm.models import AMPHead
from fss_mm.models.layers import label_means
from fss_mm.registry import MODELS
from fss_mm.structures import ClassRepresentation, EpisodeLabels
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, features, run

CHANNELS = (5, 6, 8)
HEAD = dict(type='AMPHead', in_channels=CHANNELS, channels=4, num_base_classes=3)
BASE = dict(
    type='AMPBaseHead', in_channels=CHANNELS, in_index=(0, 1, 2), channels=4,
    num_classes=4,
)  # fmt: skip
TWO = dict(in_channels=(64, 128), in_index=(0, 1))  # of the small ResNet-18
NOVEL = 4


def build(**kwargs):
    torch.manual_seed(0)
    return MODELS.build(HEAD | kwargs).double().eval()


def episodes(k=2, n=2):
    """Random features, and labels of three base classes in the supports."""
    query, supports = features(n, k, CHANNELS, dtype=torch.float64)
    query, supports = (x.map(signed) for x in (query, supports))
    generator = torch.Generator().manual_seed(3)
    base = torch.randint(0, 3, supports.masks.shape, generator=generator)
    base[supports.masks == 255] = 255  # class 3 is nowhere
    base[0, 0][base[0, 0] == 2] = 0  # and class 2 not in the first support
    return query, replace(supports, base_masks=base.to(torch.uint8))


def signed(x):
    return x - 0.4 if x.is_floating_point() else x


# ---- the whole head, written from the description ----------------------------------


def written_out(head, query, supports, cosine_test=False):
    """Logits of two classes, for each episode by itself."""
    state = {k: v.detach().numpy() for k, v in head.scores.state_dict().items()}
    weight, bias = state['reduction.weight'][..., 0, 0], state['reduction.bias']

    def reduced(levels):
        last = np.einsum('oc,chw->ohw', weight, levels[2]) + bias[:, None, None]
        return [levels[0], levels[1], last]

    rows = [state[f'layers.{i}.weight'][..., 0, 0] for i in range(3)]
    if head.scores.cosine:
        rows = [unit(r) for r in rows]
    found = []
    for n in range(len(supports.masks)):
        shots = []
        for k in range(supports.num_shots):
            labels = supports.base_masks[n, k].numpy().copy()
            labels[supports.masks[n, k].numpy() == 1] = NOVEL
            shots.append((reduced([x[n, k].numpy() for x in supports.levels]), labels))
        own = [imprinted(rows[i], i, shots, head.alpha) for i in range(3)]
        total = 0
        for i, level in enumerate(reduced([x[n].numpy() for x in query.levels])):
            level = level.clip(0) if i == 2 else level
            table = own[i]
            if cosine_test:
                level = level / np.linalg.norm(level, axis=0).clip(1e-12)
                table = unit(table) * state['scales'][i]
            total = total + np.einsum('lc,chw->lhw', table, level)
        found.append(np.stack([total[:NOVEL].max(0), total[NOVEL]]))
    return np.stack(found)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)


def imprinted(rows, level, shots, alpha):
    """Rows of one layer, with the new one."""
    means = np.zeros((len(shots), NOVEL + 1, rows.shape[1]))
    for k, (levels, labels) in enumerate(shots):
        size, (h, w) = labels.shape, levels[level].shape[-2:]
        y = np.arange(size[0]) * h // size[0]
        x = np.arange(size[1]) * w // size[1]
        whole = levels[level][:, y[:, None], x]  # to the nearest cell
        for label in range(NOVEL + 1):
            if (labels == label).any():
                means[k, label] = whole[:, labels == label].mean(1)
    proxies = means.mean(0)
    shown = {label for _, labels in shots for label in np.unique(labels)} | {0}
    new = rows.copy()
    for label in range(NOVEL):
        if label in shown:
            mixed = (1 - alpha) * rows[label] + alpha * proxies[label]
            new[label] = mixed / np.linalg.norm(mixed)
    return np.concatenate([new, unit(proxies[NOVEL:])])


@pytest.mark.parametrize('cosine', [False, True])
@pytest.mark.parametrize('k', [1, 2])
def test_logits_are_those_of_the_description(k, cosine):
    head = build(cosine=cosine, cosine_test=cosine)
    query, supports = episodes(k)
    with torch.no_grad():
        output = head(query, supports)
    expected = written_out(head, query, supports, cosine)
    assert np.abs(output.query_logits.numpy() - expected).max() < 1e-8
    assert output.aux['scores'].shape == (2, NOVEL + 1, 7, 7)
    top = output.aux['scores'].argmax(1) == NOVEL
    assert torch.equal(output.query_logits.argmax(1) == 1, top)


def test_parameters_are_those_of_the_released_code():
    """VGG-16 and the reduced FCN-8s of 16 labels, in both of its lives."""
    for name in ('base', 'fold0'):
        cfg = Config.fromfile(ROOT / f'configs/amp/{name}.py')
        with torch.device('meta'):
            model = MODELS.build(cfg.model)
        trained = [p for p in model.parameters() if p.requires_grad]
        assert sum(p.numel() for p in trained) == 14_862_400


def test_the_base_training_has_the_weights_by_the_same_names():
    torch.manual_seed(0)
    base = MODELS.build(BASE)
    head = build().float()
    head.load_state_dict(base.state_dict())
    levels = [torch.rand(2, c, 5, 5) for c in CHANNELS]
    with torch.no_grad():
        scores = base.eval()(levels)
        rows = [row[None] for row in head.scores.rows()]
        own = head.scores.scores(head.reduce_levels(tuple(levels)), rows)
    assert torch.equal(scores, own) and scores.shape == (2, 4, 5, 5)


def test_levels_of_other_sizes_meet_at_the_first():
    base = MODELS.build(BASE).eval()
    levels = [torch.rand(1, c, s, s) for c, s in zip(CHANNELS, (8, 4, 2))]
    with torch.no_grad():
        logits = base(levels)
        parts = base.scores.reduce(levels)
        parts = (*parts[:2], parts[2].relu())
        whole = [F.interpolate(x, (8, 8), mode='nearest') for x in parts]
        rows = [row[None] for row in base.scores.rows()]
        total = sum(r @ x.flatten(2) for r, x in zip(rows, whole))
    assert torch.allclose(logits.flatten(2), total, atol=1e-6)


@pytest.mark.parametrize('cosine', [False, True])
def test_gradients_reach_every_parameter(cosine):
    from mmseg.structures import SegDataSample

    torch.manual_seed(0)
    base = MODELS.build(BASE | dict(cosine=cosine))
    levels = [torch.rand(2, c, 5, 5) - 0.4 for c in CHANNELS]
    labels = torch.randint(0, 4, (2, 1, 20, 20))
    samples = [SegDataSample(gt_sem_seg=PixelData(data=x)) for x in labels]
    losses = base.loss_by_feat(base(levels), samples)
    losses['loss_ce'].backward()
    assert all(p.grad.abs().sum() > 0 for p in base.parameters())
    head = build(cosine=cosine, cosine_test=cosine).train()
    query, supports = episodes()
    logits = head(query, supports).query_logits
    head.loss_by_feat(logits, supports.masks[:, 0])['loss_ce'].backward()
    assert all(p.grad.abs().sum() > 0 for p in head.parameters())


def test_cosines_in_training_know_no_length():
    base = MODELS.build(BASE | dict(cosine=True)).eval()
    levels = [torch.rand(1, c, 5, 5) for c in CHANNELS]
    with torch.no_grad():
        logits = base(levels)
        for layer in base.scores.layers:
            layer.weight *= 3
        longer = base([7 * levels[0], 2 * levels[1], levels[2]])
    assert torch.allclose(logits, longer, atol=1e-4)
    assert base.scores.scales.tolist() == [20.0, 20.0, 20.0]


# ---- proxies -----------------------------------------------------------------------


@pytest.mark.parametrize('size', [(13, 9), (7, 7), (3, 20)])
def test_means_are_those_at_the_size_of_the_labels(size):
    generator = torch.Generator().manual_seed(0)
    feat = torch.rand(2, 3, 5, 4, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 4, (2, *size), generator=generator, dtype=torch.uint8)
    labels[labels == 2] = 255
    whole = F.interpolate(feat, size, mode='nearest')
    found = label_means(feat, labels, 4)
    for b in range(2):
        for label in (0, 1, 3):
            expected = whole[b][:, labels[b] == label].mean(1)
            assert torch.allclose(found[b, label], expected, atol=1e-12)
    assert (found[:, 2] == 0).all()


def test_without_base_labels_the_background_alone_adapts():
    head = build()
    query, supports = episodes()
    rows = head.represent(replace(supports, base_masks=None))
    known = head.represent(supports)
    for i, own in enumerate(head.scores.rows()):
        found = rows[f'rows{i}']
        assert torch.equal(found[:, 1:NOVEL], own[1:].expand(2, -1, -1))
        assert torch.allclose(
            found[:, [0, NOVEL]].norm(dim=2), torch.ones(2, 2).double()
        )
        assert not torch.allclose(known[f'rows{i}'][:, 1:3], found[:, 1:3])
        assert torch.equal(known[f'rows{i}'][:, 3], found[:, 3]), 'class 3 is not shown'


def test_the_head_is_never_changed():
    head = build()
    before = {k: v.clone() for k, v in head.state_dict().items()}
    query, supports = episodes()
    first = head.represent(supports)
    with torch.no_grad():
        head(query, supports)
    assert all(torch.equal(before[k], v) for k, v in head.state_dict().items())
    again = head.represent(supports)
    assert all(torch.equal(first[k], again[k]) for k in first.parts)


def test_alpha_of_0_leaves_known_rows_as_they_were():
    query, supports = episodes(k=3)
    head = build()
    logits = head(query, supports).query_logits
    head.alpha = 0.0
    assert not torch.allclose(head(query, supports).query_logits, logits)
    rows = head.represent(supports)['rows0'][:, 0]
    assert torch.allclose(rows, F.normalize(head.scores.rows()[0][:1], dim=1))


def test_logits_are_resized_to_the_nearest_cell():
    logits = torch.rand(1, 2, 3, 3)
    resized = build().float().predict_by_feat(logits, (9, 9))
    assert torch.equal(resized, logits.repeat_interleave(3, 2).repeat_interleave(3, 3))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r'alpha=1.5, expected a number from 0 to 1'):
        AMPHead((4, 4, 4), alpha=1.5)
    query, supports = episodes()
    with pytest.raises(ValueError, match=r'labels of 2 base .* num_base_classes=1'):
        build(num_base_classes=1).represent(supports)


def test_a_support_without_the_class_finds_it_nowhere():
    head = build()
    query, supports = episodes(k=1)
    empty = replace(supports, masks=torch.zeros_like(supports.masks))
    rows = head.represent(empty)
    assert all((rows[f'rows{i}'][:, NOVEL] == 0).all() for i in range(3))
    assert torch.isfinite(head(query, empty).query_logits).all()


# ---- fine-tuning of the rows -------------------------------------------------------

TUNED = dict(
    steps=2, tuned='class', optimizer=dict(type='RMSprop', lr=9.0959e-5)
)  # fmt: skip


def small(**kwargs):
    head = dict(HEAD, **TWO, dropout=0.5)
    return build_segmentor(type='FewShotSegmentor', decode_head=head, **kwargs).eval()


@pytest.mark.parametrize('k', [1, 2])
def test_the_rows_are_tuned_and_the_head_is_not(k):
    plain, tuned = small(), small(fine_tuning=TUNED)
    before = {k: v.clone() for k, v in tuned.state_dict().items()}
    found = []
    for model in (plain, tuned):
        inputs = model.data_preprocessor(batch(k=k))['inputs']
        _, supports = model.encode(inputs)
        with torch.no_grad():
            found.append(model.represent(model.describe_supports(supports), [0, 1]))
    assert not found[1].weights and found[1].diverged.tolist() == [False, False]
    step = (found[0]['rows0'] - found[1]['rows0']).abs()
    assert 0 < step.max() < 1e-2
    assert all(torch.equal(before[k], v) for k, v in tuned.state_dict().items())
    assert all(p.grad is None for p in tuned.parameters())
    samples = run(tuned, batch(k=k), 'predict')
    assert samples[0].pred_sem_seg.shape == (33, 33) and 'diverged' not in samples[0]


def test_tuning_lowers_the_loss_of_the_supports():
    model = small(
        fine_tuning=TUNED | dict(steps=20, optimizer=dict(type='SGD', lr=1e-3))
    )
    model.decode_head.scores.dropout.p = 0
    inputs = model.data_preprocessor(batch(n=1))['inputs']
    _, supports = model.encode(inputs)
    head = model.decode_head
    query = head.reduce_query(supports.as_queries())
    labels = EpisodeLabels(supports.masks[:, 0], supports.masks)
    losses = []
    for known in (head.represent(supports), model.represent(supports, [0])):
        output = head.segment(query, ClassRepresentation(known.parts))
        losses.append(float(model.output_loss(output, labels)['query.loss_ce']))
    assert losses[1] < losses[0]


def test_a_class_that_diverges_is_used_as_it_was():
    wild = TUNED | dict(optimizer=dict(type='SGD', lr=float('inf')))
    model, plain = small(fine_tuning=wild), small()
    samples = run(model, batch(n=1), 'predict')
    assert samples[0].diverged
    expected = run(plain, batch(n=1), 'predict')[0].seg_logits.data
    assert torch.equal(samples[0].seg_logits.data, expected)


def test_tuned_classes_and_fused_shots_exclude_each_other():
    with pytest.raises(ValueError, match=r'tuned=.class.. trains the class .* leave'):
        small(fine_tuning=TUNED, shot_fusion=dict())
    with pytest.raises(ValueError, match=r"tuned='rows', expected 'head' or 'class'"):
        small(fine_tuning=dict(tuned='rows'))
