"""Strategies: what they average, what they train, and that nothing of it stays."""

import copy
import pickle
from functools import partial

import pytest
import torch
from torch import nn

from fss_mm.models import FineTuning, average_probabilities
from fss_mm.models.strategies import fine_tuning
from fss_mm.registry import MODELS
from fss_mm.structures import EpisodeLabels
from fss_mm.utils.restored import restored
from tests.models.builders import BACKBONE, HEAD, batch

CRNET = dict(type='CRNetHead', in_channels=(64, 128), channels=4)
FAST = dict(type='SGD', lr=1e-2, momentum=0.9)
FUSION = dict(shot_fusion=dict())


def model(head=CRNET, **kwargs):
    torch.manual_seed(0)
    kwargs = (
        dict(type='DualLossSegmentor', backbone=BACKBONE, decode_head=head) | kwargs
    )
    return MODELS.build(kwargs).eval()


def tuned(head=CRNET, **kwargs):
    """A fine-tuned model; CRNet's head with fusion, which its shots need."""
    fusion = FUSION if head is CRNET else {}
    return model(head, **fusion, fine_tuning=kwargs)


def without(segmentor, *names):
    """The same model, the same weights, without some strategies."""
    plain = copy.deepcopy(segmentor)
    for name in names:
        setattr(plain, name, None)
    return plain


def encoded(segmentor, k=3, n=1, size=33):
    data = segmentor.data_preprocessor(batch(n=n, k=k, size=size))
    with torch.no_grad():
        return segmentor.encode(data['inputs'])


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


def test_a_support_as_query_is_an_encoding_of_it():
    """By re-indexing: what the backbone gives for the pair itself."""
    segmentor = model()
    _, supports = encoded(segmentor, k=3, n=2)
    inputs = segmentor.data_preprocessor(batch(n=2, k=3))['inputs']
    pair = dict(
        query=inputs['support'][:, 2],
        support=inputs['support'][:, :1],
        support_mask=inputs['support_mask'][:, :1],
    )
    query, shown = segmentor.encode(pair)
    found = supports.shots([2]).as_queries()
    assert found.image_size == query.image_size
    for a, b in zip(found.levels, query.levels):
        assert torch.allclose(a, b, atol=1e-4)
    found = supports.shots([0]).tensors()
    assert torch.equal(found['masks'], shown.masks)
    for name, expected in shown.tensors().items():
        assert torch.allclose(found[name], expected, atol=1e-4), name


# ---- as arguments of a segmentor ---------------------------------------------------

STRATEGIES = (
    FUSION,
    dict(fine_tuning=dict()),
    dict(test_scales=(0.5, 1)),
    FUSION | dict(fine_tuning=dict()),
)


@pytest.mark.parametrize('strategy', STRATEGIES)
def test_a_checkpoint_fits_with_and_without_strategies(strategy):
    plain, other = model(), model(**strategy)
    assert list(plain.state_dict()) == list(other.state_dict())
    other.load_state_dict(plain.state_dict())
    for twin in (copy.deepcopy(other), pickle.loads(pickle.dumps(other))):
        assert twin.test_scales == other.test_scales
        for name in ('shot_fusion', 'fine_tuning'):
            one, two = getattr(twin, name), getattr(other, name)
            assert (one is None) == (two is None)
            assert one is None or vars(one) == vars(two)


def test_training_is_the_same_with_strategies():
    """The same steps as without; what is validated in between leaves no trace."""
    states = []
    for strategy in ({}, FUSION | dict(fine_tuning=dict(steps=2), test_scales=(0.5,))):
        trained = model(**strategy)
        optimizer = torch.optim.SGD(trained.decode_head.parameters(), 0.1)
        for step in range(2):
            data = trained.data_preprocessor(batch())
            torch.manual_seed(step)
            losses = trained.train()(**data, mode='loss')
            optimizer.zero_grad()
            trained.parse_losses(losses)[0].backward()
            grads = [p.grad for p in trained.decode_head.parameters()]
            if strategy:
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
    segmentor = tuned(steps=5, optimizer=FAST)
    data = segmentor.data_preprocessor(batch(n=1, k=2))
    results = []
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16, enabled):
        for one in (without(segmentor, 'fine_tuning'), segmentor):
            (sample,) = one(**copy.deepcopy(data), mode='predict')
            results.append(sample.seg_logits.data.float())
    assert (results[0] - results[1]).abs().max() > 0.02
    assert 'diverged' not in sample


def test_gradients_of_others_do_not_reach_the_backbone():
    """Asked for outside no_grad, of a backbone that is not frozen."""
    backbone = BACKBONE | dict(frozen=False)
    segmentor = model(backbone=backbone, **FUSION, fine_tuning=dict(steps=2))
    segmentor(**segmentor.data_preprocessor(batch(n=1, k=2)), mode='predict')
    assert all(p.grad is None for p in segmentor.parameters())


def test_all_strategies_together():
    """Each scale is fine-tuned on its own features, and the first shot is shown."""
    strategies = dict(
        shot_fusion=dict(max_shots=1), fine_tuning=dict(steps=1), test_scales=(1, 0.5)
    )
    both = predict(model(**strategies), k=2)[1]
    assert both.pred_sem_seg.shape == (33, 33)
    parts = [
        predict(model(**strategies | dict(test_scales=(s,))), k=2)[1].seg_logits.data
        for s in (1, 0.5)
    ]
    head = model().decode_head
    parts = [head.predict_by_feat(x[None], (33, 33)).softmax(1) for x in parts]
    assert torch.allclose(both.seg_logits.data.softmax(0), sum(parts)[0] / 2, atol=1e-5)


# ---- fusion ------------------------------------------------------------------------


def test_average_of_probabilities():
    logits = [torch.randn(2, 2, 3, 3, dtype=torch.float64) for _ in range(3)]
    mean = sum(x.softmax(1) for x in logits) / 3
    assert (average_probabilities(logits).softmax(1) - mean).abs().max() < 1e-15
    assert average_probabilities(logits[:1]) is logits[0]
    certain = torch.tensor([[-1e4, 1e4]]).view(1, 2, 1, 1)
    assert average_probabilities([certain, certain]).softmax(1).flatten()[1] == 1


def test_fusion_is_the_mean_over_single_shots():
    fusion = model(**FUSION)
    query, supports = encoded(fusion, k=3, n=2)
    alone = [
        fusion.decode_head(query, supports.shots([i])).query_logits.softmax(1)
        for i in range(3)
    ]

    def segmented(segmentor):
        known = segmentor.represent(segmentor.describe_supports(supports))
        logits = segmentor.segment(segmentor.describe_queries(query), known)
        return logits.softmax(1)

    assert torch.allclose(segmented(fusion), sum(alone) / 3, atol=1e-6)
    first = model(shot_fusion=dict(max_shots=1))
    assert torch.allclose(segmented(first), alone[0])
    with pytest.raises(ValueError, match='max_shots=0, expected None or at least 1'):
        model(shot_fusion=dict(max_shots=0))


def test_images_are_encoded_once():
    """Whatever happens behind: three shots, fusion and five steps."""
    segmentor = tuned(steps=5)
    counts = []
    segmentor.backbone.register_forward_hook(lambda m, x, y: counts.append(len(x[0])))
    predict(segmentor, k=3, n=2)
    assert counts == [2 * (1 + 3 + 3)], 'a query, supports, supports without background'


# ---- fine-tuning -------------------------------------------------------------------


def adapt(segmentor, supports, seed=0, after_step=None):
    return segmentor.fine_tuning.adapt(segmentor, supports, seed, after_step)


def drawn_pairs(monkeypatch, loss=fine_tuning._pair_loss):
    """The pairs (query, support) that are trained on from now on."""
    drawn = []

    def noted(segmentor, supports, query, support):
        drawn.append((query, support))
        return loss(segmentor, supports, query, support)

    monkeypatch.setattr(fine_tuning, '_pair_loss', noted)
    return drawn


def test_steps_are_those_of_plain_gradient_descent(monkeypatch):
    """Two steps written out, on the pairs that the class draws."""
    segmentor = tuned(HEAD, steps=2, optimizer=dict(type='SGD', lr=0.1))
    _, supports = encoded(segmentor, k=2)
    own, drawn = copy.deepcopy(segmentor), drawn_pairs(monkeypatch)
    assert adapt(segmentor, supports) and len(drawn) == 2
    for query, support in drawn:
        shown = supports.shots([support])
        labels = EpisodeLabels(supports.masks[:, query], shown.masks)
        pair = supports.shots([query]).as_queries(), shown
        losses = own.feature_loss(*pair, labels)
        loss = losses['query.loss_ce'] + losses['support.loss_ce']
        parameters = list(own.decode_head.parameters())
        with torch.no_grad():
            for p, grad in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= 0.1 * grad
    for a, b in zip(segmentor.decode_head.parameters(), own.decode_head.parameters()):
        assert torch.allclose(a, b, atol=1e-6)


def test_pairs_are_drawn_of_all_k_squared(monkeypatch):
    segmentor = tuned(steps=300)
    _, supports = encoded(segmentor, k=3)
    weight = next(segmentor.decode_head.parameters())
    drawn = drawn_pairs(monkeypatch, lambda *args: weight.sum() * 0)
    adapt(segmentor, supports, seed=0)
    first = drawn[:]
    assert {(q, s) for q in range(3) for s in range(3)} == set(first)
    assert len(first) == 300
    adapt(segmentor, supports, seed=0)
    assert drawn[300:] == first, 'a function of the class and its supports'
    adapt(segmentor, supports, seed=1)
    assert drawn[600:] != first


def represent(segmentor, supports, seeds=(0,)):
    return segmentor.represent(segmentor.describe_supports(supports), seeds)


def test_a_class_is_the_same_whatever_the_query():
    """Learned once, from its supports alone, for any number of queries."""
    segmentor = tuned(steps=3, optimizer=FAST)
    query, supports = encoded(segmentor, k=2, n=2)
    known = represent(segmentor, supports, (5, 7))
    for i, seed in enumerate((5, 7)):
        one = supports.map(lambda x, i=i: x[i : i + 1])
        alone = represent(segmentor, one, (seed,)).tensors()
        for name, value in known.tensors().items():
            assert torch.equal(value[i : i + 1], alone[name]), name
    weights = known.weights
    assert not torch.equal(*(x for x in weights['reduce.0.weight']))
    other = represent(segmentor, supports, (5, 8)).weights['reduce.0.weight']
    assert torch.equal(other[0], weights['reduce.0.weight'][0])
    assert not torch.equal(other[1], weights['reduce.0.weight'][1])
    # the first query by the second class: rows are matched, nothing else
    crossed = segmentor.segment(query.map(lambda x: x[[0, 0]]), known)
    first = segmentor.segment(query, known)
    assert torch.equal(crossed[0], first[0])
    turned = segmentor.segment(query.map(lambda x: x.flip(0)), known)
    assert torch.equal(crossed[1], turned[1])


def test_learning_works_in_inference_mode():
    """mmengine's test loop runs under it, where nothing can have a gradient."""
    segmentor = tuned(steps=3, optimizer=FAST)
    data = segmentor.data_preprocessor(batch(n=1, k=2))
    before, logits = snapshot(segmentor), []
    for context in (torch.no_grad, torch.inference_mode):
        with context():
            (sample,) = segmentor(**copy.deepcopy(data), mode='predict')
        logits.append(sample.seg_logits.data)
        assert 'diverged' not in sample
    assert torch.equal(*logits) and same(before, snapshot(segmentor))
    plain = predict(without(segmentor, 'fine_tuning'), n=1, k=2)
    assert not torch.equal(logits[0], plain[0].seg_logits.data)


def test_a_class_is_learned_in_the_precision_of_the_weights():
    """Under autocast and from features in half precision."""
    segmentor = tuned(steps=3, optimizer=FAST)
    _, supports = encoded(segmentor, k=2)
    half = supports.map(lambda x: x.bfloat16() if x.is_floating_point() else x)
    single = half.map(lambda x: x.float() if x.is_floating_point() else x)
    plain = represent(segmentor, single)
    with torch.autocast('cpu', torch.bfloat16):
        cast = represent(segmentor, half)
    assert not cast.diverged.any()
    for name, value in plain.tensors().items():
        assert torch.equal(value, cast.tensors()[name]), name


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
    segmentor = tuned(steps=3, optimizer=FAST)
    segmentor.decode_head.reduce.append(Restless().eval())
    before = snapshot(segmentor)
    plain = predict(without(segmentor, 'fine_tuning'), k=3, n=2)
    adapted = predict(segmentor, k=3, n=2)
    assert same(before, snapshot(segmentor))
    assert segmentor.decode_head.reduce[-1].count == 0
    for a, b in zip(plain, adapted):
        assert not torch.equal(a.seg_logits.data, b.seg_logits.data)
    again = predict(segmentor, k=3, n=2)
    for a, b in zip(again, adapted):
        assert torch.equal(a.seg_logits.data, b.seg_logits.data), 'repeatable'


def test_batch_statistics_that_were_adapted_are_used():
    """They are part of what the class brings, though no gradient reaches them."""
    segmentor = tuned(steps=3, optimizer=FAST)
    segmentor.decode_head.reduce.append(Restless().eval())
    query, supports = encoded(segmentor, k=2)
    known = represent(segmentor, supports)
    learned = known.weights['reduce.3.norm.running_mean']
    assert learned.abs().max() > 0, 'as the supports have moved them'
    assert segmentor.decode_head.reduce[3].norm.running_mean.abs().max() == 0
    before = segmentor.segment(query, known)
    learned.zero_()
    assert not torch.equal(before, segmentor.segment(query, known))


def test_the_generator_of_others_is_not_moved():
    segmentor = tuned(steps=2)
    _, supports = encoded(segmentor)
    state = torch.get_rng_state()
    represent(segmentor, supports)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize('error', [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_adaptation_leaves_no_trace(error, monkeypatch):
    segmentor = tuned(steps=4, optimizer=FAST)
    before, original, steps = snapshot(segmentor), fine_tuning._pair_loss, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) == 3:
            assert not same(before, snapshot(segmentor)), 'it has begun'
            raise error
        return original(*args)

    monkeypatch.setattr(fine_tuning, '_pair_loss', interrupted)
    with pytest.raises(error):
        predict(segmentor, k=3)
    assert same(before, snapshot(segmentor))


def test_diverged_episodes_fall_back_and_are_marked():
    segmentor = tuned(steps=4, optimizer=dict(type='SGD', lr=1e20))
    before = snapshot(segmentor)
    plain = predict(without(segmentor, 'fine_tuning'), n=2, k=2)
    for a, b in zip(predict(segmentor, n=2, k=2), plain):
        assert torch.allclose(a.seg_logits.data, b.seg_logits.data, atol=1e-5)
        assert a.diverged and 'diverged' not in b
    assert same(before, snapshot(segmentor))


def test_one_class_that_diverges_leaves_the_others_alone(monkeypatch):
    segmentor = tuned(steps=2, optimizer=FAST)
    _, supports = encoded(segmentor, k=2, n=2)
    original, seen = fine_tuning._pair_loss, []

    def spoiled(*args):
        seen.append(1)
        loss = original(*args)
        return loss * float('nan') if len(seen) == 2 else loss

    monkeypatch.setattr(fine_tuning, '_pair_loss', spoiled)
    known = represent(segmentor, supports, (0, 1))
    assert known.diverged.tolist() == [True, False]
    weight = segmentor.decode_head.reduce[0].weight
    first, second = known.weights['reduce.0.weight']
    assert torch.equal(first, weight) and not torch.equal(second, weight)


def test_a_result_that_is_not_finite_falls_back(monkeypatch):
    """Though every loss was finite: the last step may be the one too many."""
    segmentor = tuned(steps=1)

    def spoil(segmentor, supports, seed):
        next(segmentor.decode_head.parameters()).data.fill_(float('nan'))
        return True

    monkeypatch.setattr(segmentor.fine_tuning, 'adapt', spoil)
    (sample,) = predict(segmentor, n=1, k=2)
    assert sample.diverged and sample.seg_logits.data.isfinite().all()


def test_only_the_head_is_trained():
    """And nothing of it that was frozen before."""
    segmentor = tuned(steps=2, optimizer=FAST)
    segmentor.decode_head.reduce.requires_grad_(False)
    _, supports = encoded(segmentor)
    before = {k: v.clone() for k, v in segmentor.state_dict().items()}
    with restored(segmentor.decode_head):
        adapt(segmentor, supports)
        after = segmentor.state_dict()
        changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert changed and all(k.startswith('decode_head.') for k in changed)
    assert not any('reduce' in k for k in changed)


def test_a_run_shows_what_shorter_runs_learn():
    """Its first steps are those of a run of so many."""
    long, short = tuned(steps=4, optimizer=FAST), tuned(steps=2, optimizer=FAST)
    _, supports = encoded(long, k=2)
    weights = {}

    def keep(step):
        weights[step] = long.decode_head.reduce[0].weight.clone()

    assert adapt(long, supports, after_step=keep) and list(weights) == [1, 2, 3, 4]
    assert adapt(short, supports)
    assert torch.equal(weights[2], short.decode_head.reduce[0].weight)


def test_one_shot_is_refused():
    with pytest.raises(
        ValueError, match='needs at least 2 supports .* episodes have 1'
    ):
        predict(tuned(), k=1)


def test_synchronised_norms_are_refused():
    segmentor = model()
    segmentor.decode_head.reduce.append(nn.SyncBatchNorm(4))
    with pytest.raises(ValueError, match='SyncBatchNorm would mix the episodes'):
        FineTuning().check(segmentor.decode_head)


def test_shots_that_strategies_can_take():
    model(**FUSION).require_shots(10)
    model(**FUSION, fine_tuning=dict(), test_scales=(0.5,)).require_shots(2)
    with pytest.raises(ValueError, match='looks at 1 support at a time'):
        model(test_scales=(0.5, 1)).require_shots(2)
    with pytest.raises(ValueError, match='looks at 1 support at a time'):
        model(fine_tuning=dict()).require_shots(2)
    with pytest.raises(ValueError, match='needs at least 2 supports'):
        model(**FUSION, fine_tuning=dict()).require_shots(1)
    with pytest.raises(ValueError, match='num_shots=0, expected a whole number >= 1'):
        model(**FUSION).require_shots(0)
    model(HEAD).require_shots(10)


@pytest.mark.parametrize(
    'bad', [dict(type='None'), dict(lr=1e-3), 'SGD', dict(type='SGD', learning_rate=1)]
)
def test_optimisers_that_do_not_exist(bad):
    with pytest.raises(ValueError, match='fine_tuning: optimizer='):
        tuned(optimizer=bad)


def test_nothing_to_train():
    head = dict(type='PrototypeHead', in_channels=(64, 128))
    with pytest.raises(ValueError, match='PrototypeHead has nothing to train'):
        tuned(head)
    for steps in (0, 2.5):
        with pytest.raises(ValueError, match=f'steps={steps}, expected a whole number'):
            tuned(steps=steps)


# ---- several scales ----------------------------------------------------------------


@pytest.mark.parametrize('head', [CRNET, HEAD])
def test_one_scale_gives_logits_of_the_heads_size(head):
    for a, b in zip(predict(model(head, test_scales=(1.0,))), predict(model(head))):
        assert a.seg_logits.shape == (9, 9)
        assert torch.equal(a.seg_logits.data, b.seg_logits.data)


def test_probabilities_of_scales_are_averaged():
    scaled, parts = partial(model, HEAD), []
    for scale in (0.75, 1.5):
        logits = predict(scaled(test_scales=(scale,)))[1].seg_logits.data
        whole = scaled().decode_head.predict_by_feat(logits[None], (33, 33))
        parts.append(whole[0].softmax(0))
    both = predict(scaled(test_scales=(0.75, 1.5)))[1]
    assert torch.allclose(both.seg_logits.data.softmax(0), sum(parts) / 2, atol=1e-6)
    expected = sum(parts).argmax(0)
    assert (both.pred_sem_seg.data[0] == expected).float().mean() > 0.99


def test_queries_supports_and_masks_are_resized_alike():
    scaled, sizes = model(test_scales=(0.5, 1, 1.25)), []
    scaled.backbone.register_forward_hook(lambda m, x, y: sizes.append(x[0].shape[2:]))
    predict(scaled)
    assert sizes == [(16, 16), (33, 33), (41, 41)]
    inputs = scaled.data_preprocessor(batch())['inputs']
    _, supports = scaled.encode_at(0.5, inputs)
    assert supports.masks.shape == (2, 1, 16, 16)
    assert supports.masks.dtype == torch.uint8


def test_scales_that_leave_nothing():
    with pytest.raises(
        ValueError, match='scale 0.01 leaves nothing of images of 33 x 33'
    ):
        predict(model(test_scales=(0.01,)))
    pooled = dict(type='PrototypeHead', in_channels=(192,), in_index=(0,))
    backbone = BACKBONE | dict(
        name='alexnet', out_nodes=('features.3', 'features.12'), output_stride=None
    )
    with pytest.raises(ValueError, match='nothing or a single cell: .*too small'):
        predict(model(pooled, backbone=backbone, test_scales=(0.9,)))
    empty = model(test_scales=(0.5,))
    empty.backbone.register_forward_hook(lambda m, x, y: [z[..., :1] for z in y])
    with pytest.raises(ValueError, match='scale 0.5 .* leaves nothing or a single'):
        predict(empty)
    broken = model(test_scales=(0.5,))
    broken.backbone.register_forward_pre_hook(lambda m, x: (x[0].flatten(1),))
    with pytest.raises(ValueError, match='was given .* channels'):
        predict(broken)
    for bad in ((), (0.5, 0)):
        with pytest.raises(ValueError, match='expected numbers above 0'):
            model(test_scales=bad)
