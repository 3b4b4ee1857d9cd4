"""The seam between features, classes and masks: what is not of a head alone.

Supports represented one by one, queries reduced once, classes kept: fss_mm.testing
checks it of every head.
"""

import pytest
import torch

from fss_mm.models import FewShotDecodeHead, ShotFusion
from fss_mm.structures import ClassRepresentation
from tests.models.builders import (
    ALL_HEADS,
    WITHOUT_WEIGHTS,
    batch,
    build_head,
    features,
    run,
    segmentor_with,
)


def head_and_episodes(kind, n=2, k=4):
    """A head in eval mode with episodes of as many shots as it takes, in float64."""
    options = dict(refine=dict(max_passes=2)) if kind == 'CRNetHead' else {}
    head = build_head(kind, **options).double().eval()
    return head, *features(n, min(k, head.max_shots or k), dtype=torch.float64)


def close(a, b):
    return a.shape == b.shape and (a - b).abs().max() < 1e-12


@pytest.mark.parametrize('kind', ALL_HEADS)
def test_supports_are_predicted_by_any_head(kind):
    """When asked for; each as if it were a query of its own class."""
    head, query, supports = head_and_episodes(kind, k=2)
    output = head(query, supports, with_support=True)
    assert output.support_logits.shape == (2, supports.num_shots, 2, 7, 7)
    assert torch.equal(output.query_logits, head(query, supports).query_logits)
    if kind == 'CRNetHead':  # which predicts both images of a pair, see test_crnet.py
        return
    for i in range(supports.num_shots):
        turned = head(supports.shots([i]).as_queries(), supports)
        assert close(output.support_logits[:, i], turned.query_logits)


def test_the_order_of_supports_does_not_matter_to_fusion():
    """For a head that looks at one at a time."""
    head, query, _ = head_and_episodes('CRNetHead')
    reduced = head.reduce_query(query)
    _, many = features(2, 3, dtype=torch.float64)
    logits = []
    for order in ([0, 1, 2], [2, 0, 1]):
        shots = head.represent_shots(head.reduce_supports(many.shots(order)))
        logits.append(ShotFusion().segment(head, reduced, shots))
    assert close(*logits)


@pytest.mark.parametrize('kind', ['CANetHead', 'DiscriminantHead'])
def test_heads_train_on_both_losses(kind):
    """One with nothing to learn has the losses all the same."""
    model = segmentor_with(kind).train()
    losses = run(model, batch(), 'loss')
    assert {'query.loss_ce', 'support.loss_ce'} <= set(losses)
    total = model.parse_losses(losses)[0]
    assert total.isfinite() and total.requires_grad == (kind not in WITHOUT_WEIGHTS)


def test_a_head_with_one_half_alone_keeps_no_classes():
    class Whole(FewShotDecodeHead):
        def forward(self, query, supports, with_support=False):
            return None

    class Segments(Whole):
        def segment(self, query, representation):
            return None

    class Represents(Whole):
        def represent_shots(self, supports):
            return None

    class Both(Segments, Represents):
        pass

    kinds = Whole, Segments, Represents, Both
    assert [kind((6,), (0,)).represents for kind in kinds] == [
        False,
        False,
        False,
        True,
    ]


def test_represent_is_put_together_of_parts():
    with pytest.raises(TypeError, match=r'Own overrides represent, .* override repres'):

        class Own(FewShotDecodeHead):
            def represent(self, supports):
                return None


def test_a_class_is_kept_in_a_file(tmp_path):
    """With what it brings, and by a loader that runs no code."""
    model = segmentor_with('SimPropHead', fine_tuning=dict(steps=1)).eval()
    inputs = model.data_preprocessor(batch(n=2, k=2))['inputs']
    with torch.no_grad():
        query, supports = model.encode(inputs)
        known = model.represent(model.describe_supports(supports), [1, 2])
        torch.save(known.tensors(), tmp_path / 'classes.pt')
        read = torch.load(tmp_path / 'classes.pt', weights_only=True)
        again = ClassRepresentation.from_tensors(read)
        for name in ('parts', 'weights'):
            one, two = getattr(known, name), getattr(again, name)
            assert one.keys() == two.keys() and one
            assert all(torch.equal(one[k], two[k]) for k in one)
        assert again.diverged.tolist() == [False, False]
        expected = model.segment(model.describe_queries(query), known)
        assert torch.equal(model.segment(query, again), expected)
    plain = ClassRepresentation(dict(vector=torch.ones(2, 3)))
    again = ClassRepresentation.from_tensors(plain.tensors())
    assert (again.weights, again.diverged) == ({}, None)
    assert list(again.parts) == ['vector']


def test_fine_tuning_needs_a_seed_for_each_class():
    model = segmentor_with('SimPropHead', fine_tuning=dict(steps=1)).eval()
    inputs = model.data_preprocessor(batch(n=2, k=2))['inputs']
    supports = model.describe_supports(model.encode(inputs)[1])
    for seeds in ((), (1,), (1, 2, 3)):
        with pytest.raises(ValueError, match=f'{len(seeds)} seeds .* of 2 classes'):
            model.represent(supports, seeds)
