"""Wrappers: what they average, what they train, and that nothing of it stays."""

import copy
import pickle
from dataclasses import replace

import pytest
import torch
from torch import nn

from fss_mm.models import FineTuning, MultiScale, ShotFusion
from fss_mm.models.segmentors.few_shot_segmentor import average_probabilities
from fss_mm.registry import MODELS
from fss_mm.structures import EpisodeFeatures
from fss_mm.utils.restored import restored
from tests.models.test_segmentor import BACKBONE, HEAD, batch

CRNET = dict(type='CRNetHead', in_channels=(64, 128), channels=4)
FAST = dict(type='SGD', lr=1e-2, momentum=0.9)


def model(head=CRNET, **kwargs):
    kwargs = (
        dict(type='DualLossSegmentor', backbone=BACKBONE, decode_head=head) | kwargs
    )
    return MODELS.build(kwargs).eval()


def wrapped(kind, inner=None, **kwargs):
    torch.manual_seed(0)
    inner = model() if inner is None else inner
    return MODELS.build(dict(type=kind, segmentor=inner, **kwargs)).eval()


def encoded(segmentor, k=3, n=1, size=33):
    data = segmentor.data_preprocessor(batch(n=n, k=k, size=size))
    masks = segmentor.support_masks(data['data_samples'])
    with torch.no_grad():
        return segmentor.encode(data['inputs'], masks), data['data_samples']


def predict(segmentor, **kwargs):
    data = segmentor.data_preprocessor(batch(**kwargs))
    with torch.no_grad():
        return segmentor(**data, mode='predict')


def snapshot(segmentor):
    """All that there is of a model, to the bit."""
    state = {k: v.clone() for k, v in segmentor.state_dict().items()}
    modes = [m.training for m in segmentor.modules()]
    return state, modes, [p.grad for p in segmentor.parameters()]


def same(one, other):
    return (
        all(torch.equal(one[0][k], other[0][k]) for k in one[0] | other[0])
        and one[1:] == other[1:]
    )


# ---- features ----------------------------------------------------------------------


def test_support_as_query_is_an_encoding_of_it():
    """By re-indexing: what the backbone gives for the pair itself."""
    segmentor = model()
    features, _ = encoded(segmentor, k=3, n=2)
    inputs = segmentor.data_preprocessor(batch(n=2, k=3))['inputs']
    pair = dict(query=inputs['support'][:, 2], support=inputs['support'][:, :1])
    expected = segmentor.encode(pair, features.support_masks[:, :1])
    found = features.support_as_query(2, 0)
    assert torch.equal(found.support_masks, expected.support_masks)
    assert found.query_size == expected.query_size
    for name in ('query', 'support'):
        for a, b in zip(getattr(found, name), getattr(expected, name)):
            assert torch.allclose(a, b, atol=1e-4)
    for a, b in zip(*(x.support_views['foreground_only'] for x in (found, expected))):
        assert torch.allclose(a, b, atol=1e-4)


def test_some_episodes_and_some_shots():
    features, _ = encoded(model(), k=3, n=2)
    some = features.episodes(slice(1, 2)).with_supports([2, 0])
    assert isinstance(some, EpisodeFeatures) and some.num_shots == 2
    assert torch.equal(some.support[0][0, 0], features.support[0][1, 2])
    assert torch.equal(some.support_masks[0, 1], features.support_masks[1, 0])
    view = some.support_views['foreground_only'][1]
    assert torch.equal(view[0, 1], features.support_views['foreground_only'][1][1, 0])


# ---- wrapping ----------------------------------------------------------------------


@pytest.mark.parametrize('kind', ['ShotFusion', 'FineTuning', 'MultiScale'])
def test_a_checkpoint_fits_with_and_without_wrappers(kind):
    inner, wrapper = model(), wrapped(kind)
    assert list(inner.state_dict()) == list(wrapper.state_dict())
    wrapper.load_state_dict(inner.state_dict())
    weight = next(wrapper.segmentor.decode_head.parameters())
    assert torch.equal(weight, next(inner.decode_head.parameters()))
    assert not wrapper.segmentor.training and wrapper.train().segmentor.training
    losses = wrapper(**wrapper.data_preprocessor(batch()), mode='loss')
    plain = wrapper.segmentor(**wrapper.data_preprocessor(batch()), mode='loss')
    assert set(losses) == set(plain), 'trains as the segmentor inside'
    assert wrapper.feature_bank is None and wrapper.query_loss_weight == 1
    for twin in (copy.deepcopy(wrapper), pickle.loads(pickle.dumps(wrapper))):
        assert twin.decode_head is twin.segmentor.decode_head is not wrapper.decode_head
    wrapper.double()
    assert wrapper.segmentor.decode_head.reduce[0].weight.dtype == torch.float64


def test_training_through_a_wrapper():
    """The same steps as without it; what is validated in between leaves no trace."""
    states = []
    for kind in (None, 'FineTuning'):
        torch.manual_seed(0)
        trained = model()
        trained = (
            trained if kind is None else wrapped(kind, wrapped('ShotFusion', trained))
        )
        optimizer = torch.optim.SGD(trained.decode_head.parameters(), 0.1)
        for step in range(2):
            torch.manual_seed(step)
            data = trained.data_preprocessor(batch())
            torch.manual_seed(step)
            losses = trained.train()(**data, mode='loss')
            optimizer.zero_grad()
            trained.parse_losses(losses)[0].backward()
            grads = [p.grad for p in trained.decode_head.parameters()]
            if kind is not None:
                predict(trained.eval(), k=2)
            assert all(
                p.grad is g for p, g in zip(trained.decode_head.parameters(), grads)
            )
            optimizer.step()
        states.append(trained.state_dict())
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])


@pytest.mark.parametrize('enabled', [False, True])
def test_fine_tuning_works_under_autocast(enabled):
    """mmengine's test loop casts all of a step; casts of old weights must not stay."""
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=5, optimizer=FAST)
    data = tuned.data_preprocessor(batch(n=1, k=2))
    results = []
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16, enabled):
        for segmentor in (tuned.segmentor, tuned):
            (sample,) = segmentor(**data, mode='predict')
            results.append(sample.seg_logits.data.float())
    assert (results[0] - results[1]).abs().max() > 0.02
    assert 'diverged' not in sample


def test_gradients_of_others_do_not_reach_the_backbone():
    """Asked for outside no_grad, of a backbone that is not frozen."""
    backbone = BACKBONE | dict(frozen=False)
    inner = wrapped('ShotFusion', model(backbone=backbone))
    tuned = wrapped('FineTuning', inner, steps=2)
    tuned(**tuned.data_preprocessor(batch(n=1, k=2)), mode='predict')
    assert all(p.grad is None for p in tuned.parameters())


def test_wrappers_around_wrappers():
    inner = wrapped('ShotFusion', max_shots=1)
    both = wrapped('MultiScale', wrapped('FineTuning', inner, steps=1), scales=(1, 0.5))
    assert list(both.state_dict()) == list(model().state_dict())
    assert predict(both, k=2)[0].pred_sem_seg.shape == (33, 33)
    with pytest.raises(ValueError, match='put FineTuning around ShotFusion'):
        wrapped('ShotFusion', wrapped('FineTuning'))
    with pytest.raises(ValueError, match='MultiScale starts from images and must be'):
        wrapped('ShotFusion', wrapped('MultiScale'))


# ---- fusion ------------------------------------------------------------------------


def test_average_of_probabilities():
    logits = [torch.randn(2, 2, 3, 3, dtype=torch.float64) for _ in range(3)]
    mean = sum(x.softmax(1) for x in logits) / 3
    assert (average_probabilities(logits).softmax(1) - mean).abs().max() < 1e-15
    assert average_probabilities(logits[:1]) is logits[0]
    certain = torch.tensor([[-1e4, 1e4]]).view(1, 2, 1, 1)
    assert average_probabilities([certain, certain]).softmax(1).flatten()[1] == 1


def test_fusion_is_the_mean_over_single_shots():
    fusion = wrapped('ShotFusion')
    features, samples = encoded(fusion, k=3, n=2)
    alone = [
        fusion.decode_head(features.with_supports([i])).query_logits.softmax(1)
        for i in range(3)
    ]
    found = fusion.segment(features, samples).softmax(1)
    assert torch.allclose(found, sum(alone) / 3, atol=1e-6)
    first = wrapped('ShotFusion', fusion.segmentor, max_shots=1)
    assert torch.allclose(first.segment(features, samples).softmax(1), alone[0])
    with pytest.raises(ValueError, match='max_shots=0, expected None or at least 1'):
        wrapped('ShotFusion', max_shots=0)


def test_images_are_encoded_once():
    """Whatever happens behind: three shots, fusion and five steps."""
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=5)
    counts = []
    tuned.backbone.register_forward_hook(lambda m, x, y: counts.append(len(x[0])))
    predict(tuned, k=3, n=2)
    assert counts == [2 * (1 + 3 + 3)], 'a query, supports, supports without background'


# ---- fine-tuning -------------------------------------------------------------------


def test_steps_are_those_of_plain_gradient_descent():
    """Two steps written out, on the pairs that the episode draws."""
    tuned = wrapped(
        'FineTuning', model(HEAD), steps=2, optimizer=dict(type='SGD', lr=0.1)
    )
    features, samples = encoded(tuned, k=2)
    own, drawn = copy.deepcopy(tuned.segmentor), []
    original = tuned._pair_loss
    tuned._pair_loss = lambda f, q, s: drawn.append((q, s)) or original(f, q, s)
    assert tuned.adapt(features, 0) and len(drawn) == 2
    for query, support in drawn:
        pair = features.support_as_query(query, support)
        losses = own.loss(pair, features.support_masks[:, query])
        loss = losses['query.loss_ce'] + losses['support.loss_ce']
        parameters = list(own.decode_head.parameters())
        with torch.no_grad():
            for p, grad in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= 0.1 * grad
    for a, b in zip(tuned.decode_head.parameters(), own.decode_head.parameters()):
        assert torch.allclose(a, b, atol=1e-6)


def test_pairs_are_drawn_of_all_k_squared():
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=300)
    features, _ = encoded(tuned, k=3)
    drawn = []
    tuned._pair_loss = lambda f, q, s: (
        drawn.append((q, s)) or next(tuned.learners.parameters()).sum() * 0
    )
    tuned.adapt(features, 0)
    assert {(q, s) for q in range(3) for s in range(3)} == set(drawn)
    first, drawn = drawn, []
    tuned.adapt(features, 0)
    assert first == drawn, 'a function of the episode'
    drawn = []
    tuned.adapt(features, 1)
    assert first != drawn


class Restless(nn.Module):
    """A head's part that keeps things: batch statistics and a hidden count."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(4)
        self.register_buffer('count', torch.zeros(1), persistent=False)

    def forward(self, x):
        if self.training:
            self.count = self.count + 1  # another tensor in its place
        return self.norm(x)


def test_nothing_of_an_episode_stays():
    """To the bit: weights, statistics, hidden buffers, modes and gradients."""
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=3, optimizer=FAST)
    tuned.decode_head.reduce.append(Restless().eval())
    before = snapshot(tuned)
    plain = predict(tuned.segmentor, k=3, n=2)
    adapted = predict(tuned, k=3, n=2)
    assert same(before, snapshot(tuned))
    assert tuned.decode_head.reduce[-1].count == 0
    for a, b in zip(plain, adapted):
        assert not torch.equal(a.seg_logits.data, b.seg_logits.data)
    again = predict(tuned, k=3, n=2)
    for a, b in zip(again, adapted):
        assert torch.equal(a.seg_logits.data, b.seg_logits.data), 'repeatable'


def test_the_generator_of_others_is_not_moved():
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=2)
    features, samples = encoded(tuned)
    state = torch.get_rng_state()
    tuned.segment(features, samples)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize('error', [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_adaptation_leaves_no_trace(error):
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=4, optimizer=FAST)
    before, original, steps = snapshot(tuned), tuned._pair_loss, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) == 3:
            assert not same(before, snapshot(tuned)), 'it has begun'
            raise error
        return original(*args)

    tuned._pair_loss = interrupted
    with pytest.raises(error):
        predict(tuned, k=3)
    assert same(before, snapshot(tuned))


def test_diverged_episodes_fall_back_and_are_marked():
    wild = dict(type='SGD', lr=1e20)
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=4, optimizer=wild)
    before = snapshot(tuned)
    for a, b in zip(predict(tuned, n=2, k=2), predict(tuned.segmentor, n=2, k=2)):
        assert torch.allclose(a.seg_logits.data, b.seg_logits.data, atol=1e-5)
        assert a.diverged and 'diverged' not in b
    assert same(before, snapshot(tuned))


def test_a_result_that_is_not_finite_falls_back(monkeypatch):
    """Though every loss was finite: the last step may be the one too many."""
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=1)

    def spoil(features, task_seed):
        next(tuned.decode_head.parameters()).data.fill_(float('nan'))
        return True

    monkeypatch.setattr(tuned, 'adapt', spoil)
    (sample,) = predict(tuned, n=1, k=2)
    assert sample.diverged and sample.seg_logits.data.isfinite().all()


def test_only_the_head_is_trained():
    """And nothing of it that was frozen before."""
    tuned = wrapped('FineTuning', wrapped('ShotFusion'), steps=2, optimizer=FAST)
    tuned.decode_head.reduce.requires_grad_(False)
    features, _ = encoded(tuned)
    before = {k: v.clone() for k, v in tuned.state_dict().items()}
    with restored(tuned.learners):
        tuned.adapt(features, 0)
        after = tuned.state_dict()
        changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert changed and all(k.startswith('decode_head.') for k in changed)
    assert not any('reduce' in k for k in changed)


@pytest.mark.parametrize('head', [CRNET | dict(channels=8), HEAD])
def test_fine_tuning_learns_the_episode(head):
    """The supports' own loss falls, for either method."""
    adam = dict(type='AdamW', lr=1e-2)
    inner = wrapped('ShotFusion', model(head))
    tuned = wrapped('FineTuning', inner, steps=80, optimizer=adam)
    features, _ = encoded(tuned, k=2)
    masks = torch.zeros_like(features.support_masks)
    masks[..., 8:24, 8:24] = 1
    features = replace(features, support_masks=masks)

    def loss():
        with torch.no_grad():
            pairs = tuned._pair_loss(features, 0, 1), tuned._pair_loss(features, 1, 0)
        return sum(pairs).item()

    before = loss()
    tuned.adapt(features, 0)
    assert loss() < 0.7 * before


def test_one_support_is_refused():
    with pytest.raises(
        ValueError, match='needs at least 2 supports .* episodes have 1'
    ):
        predict(wrapped('FineTuning', wrapped('ShotFusion')), k=1)


def test_synchronised_norms_are_refused():
    inner = model()
    inner.decode_head.reduce.append(nn.SyncBatchNorm(4))
    with pytest.raises(ValueError, match='SyncBatchNorm would mix the episodes'):
        wrapped('FineTuning', inner)


def test_shots_that_wrappers_can_take():
    fusion = wrapped('ShotFusion')
    fusion.require_shots(10)
    wrapped('MultiScale', wrapped('FineTuning', fusion)).require_shots(2)
    with pytest.raises(ValueError, match='looks at 1 support at a time'):
        wrapped('MultiScale').require_shots(2)
    with pytest.raises(ValueError, match='looks at 1 support at a time'):
        wrapped('FineTuning').require_shots(2)
    with pytest.raises(ValueError, match='needs at least 2 supports'):
        wrapped('FineTuning', fusion).require_shots(1)
    model(HEAD).require_shots(10)


@pytest.mark.parametrize(
    'bad', [dict(type='None'), dict(lr=1e-3), 'SGD', dict(type='SGD', learning_rate=1)]
)
def test_optimisers_that_do_not_exist(bad):
    with pytest.raises(ValueError, match='FineTuning: optimizer='):
        wrapped('FineTuning', optimizer=bad)


def test_nothing_to_train():
    head = dict(type='PrototypeHead', in_channels=(64, 128))
    with pytest.raises(ValueError, match='PrototypeHead has nothing to train'):
        wrapped('FineTuning', model(head, type='FewShotSegmentor'))
    for steps in (0, 2.5):
        with pytest.raises(ValueError, match=f'steps={steps}, expected a whole number'):
            wrapped('FineTuning', steps=steps)


# ---- several scales ----------------------------------------------------------------


@pytest.mark.parametrize('head', [CRNET, HEAD])
def test_scale_one_changes_nothing(head):
    scaled = wrapped('MultiScale', model(head), scales=(1.0,))
    for a, b in zip(predict(scaled), predict(scaled.segmentor)):
        assert torch.equal(a.seg_logits.data, b.seg_logits.data)


def test_probabilities_of_scales_are_averaged():
    inner = model(HEAD)
    parts = [
        predict(wrapped('MultiScale', inner, scales=(s,)))[1].seg_logits.data.softmax(0)
        for s in (0.75, 1.5)
    ]
    both = predict(wrapped('MultiScale', inner, scales=(0.75, 1.5)))[1]
    assert torch.allclose(both.seg_logits.data.softmax(0), sum(parts) / 2, atol=1e-6)


def test_queries_and_supports_are_resized_alike():
    scaled, sizes = wrapped('MultiScale', scales=(0.5, 1, 1.25)), []
    scaled.backbone.register_forward_hook(lambda m, x, y: sizes.append(x[0].shape[2:]))
    predict(scaled)
    assert sizes == [(16, 16), (33, 33), (41, 41)]


def test_scales_that_leave_nothing():
    with pytest.raises(
        ValueError, match='scale 0.01 leaves nothing of images of 33 x 33'
    ):
        predict(wrapped('MultiScale', scales=(0.01,)))
    pooled = dict(in_channels=(192, 384), type='PrototypeHead')
    backbone = BACKBONE | dict(
        name='alexnet', out_nodes=('features.3', 'features.12'), output_stride=None
    )
    tiny = model(pooled | dict(in_channels=(192,), in_index=(0,)), backbone=backbone)
    with pytest.raises(ValueError, match='nothing or a single cell: .*too small'):
        predict(wrapped('MultiScale', tiny, scales=(0.9,)))
    empty = wrapped('MultiScale', scales=(0.5,))
    empty.backbone.register_forward_hook(lambda m, x, y: [z[..., :0] for z in y])
    with pytest.raises(ValueError, match=r'scale 0.5 .* \(16, 16\).* leaves nothing'):
        predict(empty)
    broken = wrapped('MultiScale', scales=(0.5,))
    broken.backbone.register_forward_pre_hook(lambda m, x: (x[0].flatten(1),))
    with pytest.raises(RuntimeError, match='Expected 3D'):
        predict(broken)
    for bad in ((), (0.5, 0)):
        with pytest.raises(ValueError, match='expected numbers above 0'):
            wrapped('MultiScale', scales=bad)


def test_wrappers_are_registered():
    for kind in (FineTuning, MultiScale, ShotFusion):
        assert MODELS.get(kind.__name__) is kind
