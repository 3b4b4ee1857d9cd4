"""PANet against its description, written out in NumPy, in float64."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import nn

from fss_mm.models.layers import mask_size_prototype, mask_size_weights
from fss_mm.registry import MODELS
from tests.conftest import ROOT
from tests.models.builders import batch, build_segmentor, features, run


def build(**kwargs):
    return MODELS.build(dict(type='PANetHead', in_channels=(6,)) | kwargs)


def episodes(n=2, k=3):
    """Features of any sign, in float64; masks with all labels, at another size."""
    query, supports = features(n, k, dtype=torch.float64)
    query, supports = (
        x.map(lambda y: y - 0.5 if y.is_floating_point() else y)
        for x in (query, supports)
    )
    supports.masks[0, 0, 30:, :20] = 1
    return query, supports


# ---- the description, with loops ----------------------------------------------------


def resized(x, size):
    """(..., h, w) to ``size``, bilinear, corners not aligned, pixel by pixel."""
    for axis, full in zip((-2, -1), size):
        small = x.shape[axis]
        places = np.clip((np.arange(full) + 0.5) * small / full - 0.5, 0, small - 1)
        low = np.floor(places).astype(int)
        high = np.minimum(low + 1, small - 1)
        shape = [1] * x.ndim
        shape[axis] = full
        share = (places - low).reshape(shape)
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x


def average(feat, inside):
    return (feat * inside).sum((1, 2)) / (inside.sum() + 1e-5)


def cosines(feat, prototypes):
    length = np.sqrt((feat**2).sum(0))
    return np.stack(
        [20 * np.tensordot(p, feat, 1) / length / np.sqrt(p @ p) for p in prototypes]
    )


def cross_entropy(logits, mask):
    logits = resized(logits, mask.shape)
    logits = logits - np.log(np.exp(logits).sum(0))
    counted = mask != 255
    chosen = np.where(mask == 1, logits[1], logits[0])
    return -(chosen * counted).sum() / counted.sum()


def panet(query, supports, masks, background):
    """Logits (2, h, w) and the alignment's loss, of one episode."""
    prototypes = np.zeros((2, query.shape[0]))
    for feat, mask in zip(supports, masks):
        whole = resized(feat, mask.shape)
        outside = mask != 1 if background else mask == 0
        prototypes[0] += average(whole, outside) / len(masks)
        prototypes[1] += average(whole, mask == 1) / len(masks)
    logits = cosines(query, prototypes)
    found = logits[1] > logits[0]
    if not found.any():
        return logits, 0.0
    back = [average(query, ~found), average(query, found)]
    truth = [np.where(m == 255, 0, m) if background else m for m in masks]
    losses = [cross_entropy(cosines(f, back), m) for f, m in zip(supports, truth)]
    return logits, np.mean(losses)


@pytest.mark.parametrize('background', [False, True])
def test_logits_and_alignment_by_the_description(background):
    head = build(ignored_as_background=background).train()
    query, supports = episodes()
    output = head(query, supports)
    feats, masks = supports.levels[0].numpy(), supports.masks.numpy()
    expected = [
        panet(*one, background) for one in zip(query.levels[0].numpy(), feats, masks)
    ]
    for ours, (logits, _) in zip(output.query_logits.numpy(), expected):
        assert np.abs(ours - logits).max() < 1e-8
    alignment = np.mean([loss for _, loss in expected])
    assert abs(output.losses['align.loss_ce'].item() - alignment) < 1e-8
    assert 0.1 < alignment and expected[0][1] != expected[1][1]


# ---- pooling at the mask's size ------------------------------------------------------


@pytest.mark.parametrize('corners', [False, True])
def test_features_need_not_be_resized(corners):
    torch.manual_seed(0)
    masks = torch.rand(2, 1, 17, 23, dtype=torch.float64)
    feat = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    weights = mask_size_weights(masks, (5, 4), corners)
    whole = F.interpolate(feat, (17, 23), mode='bilinear', align_corners=corners)
    expected = (whole * masks).sum((2, 3))
    assert torch.allclose((feat * weights).sum((2, 3)), expected, atol=1e-12)
    assert torch.allclose(weights.sum((2, 3)), masks.sum((2, 3)), atol=1e-12)


def test_areas_are_not_counted_in_half_precision():
    masks = (torch.rand(1, 1, 65, 65) > 0.5).float()
    exact = mask_size_weights(masks, (9, 9))
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(mask_size_weights(masks, (9, 9)), exact)


def test_an_object_of_one_pixel_is_not_lost():
    """It is the resized feature there."""
    feat = torch.arange(8.0, dtype=torch.float64).view(1, 1, 2, 2, 2)
    inside = torch.zeros(1, 1, 100, 100, dtype=torch.bool)
    inside[..., 49, 0] = True
    found = mask_size_prototype(feat, inside, 0.0).flatten()
    assert torch.allclose(found, torch.tensor([0.98, 4.98], dtype=torch.float64))
    assert mask_size_prototype(feat, ~inside & inside, 1e-5).abs().max() == 0


# ---- alignment -----------------------------------------------------------------------


def test_alignment_is_for_training_alone_and_pl_has_none():
    query, supports = episodes()
    head = build()
    assert list(head.train()(query, supports).losses) == ['align.loss_ce']
    assert head.eval()(query, supports).losses == {}
    assert build(alignment_weight=0).train()(query, supports).losses == {}
    half = build(alignment_weight=0.5).train()(query, supports).losses
    whole = head.train()(query, supports).losses
    assert torch.allclose(2 * half['align.loss_ce'], whole['align.loss_ce'])


def test_an_episode_in_which_nothing_is_found_has_no_alignment():
    """And counts as 0, as in a mean over episodes."""
    query, supports = episodes(k=1)
    # all of it is like the background of its support
    vector = build().represent(supports)['background'][0]
    level = query.levels[0].clone()
    level[0] = vector
    both = replace(query, levels=(level,))
    loss = build().train()(both, supports).losses['align.loss_ce']
    one = [x.map(lambda y: y[1:]) for x in (both, supports)]
    alone = build().train()(*one).losses['align.loss_ce']
    assert alone > 0 and torch.allclose(loss, alone / 2)


class TwoConvolutions(nn.Module):
    """An encoder to be trained."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, 4, 1), nn.Conv2d(4, 6, 3, 1, 1)

    def forward(self, x):
        return (self.second(self.first(x).relu()),)


def segmentor(**kwargs):
    MODELS.register_module(module=TwoConvolutions, force=True)
    return build_segmentor(
        type='FewShotSegmentor',
        backbone=dict(type='TwoConvolutions'),
        decode_head=dict(type='PANetHead', in_channels=(6,)),
        **kwargs,
    )


def test_the_encoder_learns_from_both_losses():
    model = segmentor().train()
    losses = run(model, batch(k=2), 'loss')
    assert set(losses) == {'query.loss_ce', 'query.acc_seg', 'align.loss_ce'}
    total, shown = model.parse_losses(losses)
    both = losses['query.loss_ce'] + losses['align.loss_ce']
    assert torch.equal(total, both) and shown['align.loss_ce'] > 0
    for loss in (losses['align.loss_ce'], total):
        model.zero_grad()
        loss.backward(retain_graph=True)
        assert all(p.grad.abs().max() > 0 for p in model.parameters())


def test_a_dual_loss_goes_with_it():
    model = segmentor()
    model = build_segmentor(
        backbone=dict(type='TwoConvolutions'),
        decode_head=dict(type='PANetHead', in_channels=(6,)),
    ).train()
    losses = run(model, batch(k=2), 'loss')
    assert {'query.loss_ce', 'support.loss_ce', 'align.loss_ce'} <= set(losses)


@pytest.mark.parametrize('kind', ['PANetHead', 'SGOneHead'])
def test_features_of_zeros_stay_finite(kind):
    """Where nothing correlates with anything."""
    head = build(type=kind, in_index=(0,)).double().train()
    data = [
        x.map(lambda y: (0 * y).requires_grad_() if y.is_floating_point() else y)
        for x in episodes()
    ]
    output = head(*data)
    losses = head.loss_by_feat(output.query_logits, data[1].masks[:, 0]) | output.losses
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert all(x.grad.isfinite().all() for x in (data[0].levels[0], data[1].levels[0]))
    assert output.query_logits.isfinite().all()


# ---- the model of the papers ---------------------------------------------------------


def test_parameters():
    cfg = Config.fromfile(ROOT / 'configs/panet/fold0.py')
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert sum(p.numel() for p in model.parameters()) == 14_714_688
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(temperature=0), 'temperature=0, expected a number above 0'),
        (dict(alignment_weight=-1), r'alignment_weight=-1, expected 0 \(PL\) or more'),
    ],
)
def test_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_fine_tuning_has_nothing_to_train():
    with pytest.raises(ValueError, match='PANetHead has nothing to train'):
        segmentor(fine_tuning=dict())


def test_its_prototypes_can_be_tuned_though_it_has_no_weights():
    tuned = dict(tuned='class', steps=2, optimizer=dict(type='SGD', lr=0.1))
    found = []
    for options in (None, tuned):
        model = segmentor(fine_tuning=options).eval()
        inputs = model.data_preprocessor(batch(k=2))['inputs']
        with torch.no_grad():
            _, supports = model.encode(inputs)
            found.append(model.represent(model.describe_supports(supports), [0, 1]))
    assert not found[1].diverged.any() and not found[1].weights
    assert (found[0]['foreground'] - found[1]['foreground']).abs().max() > 0
