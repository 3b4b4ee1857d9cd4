"""Prototypes and the discriminant against plain computations in NumPy's float64."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fss_mm.models.layers import (
    best_bias,
    class_prototype,
    cosine_map,
    linear_discriminant,
    spherical_k_means,
    superpixels,
)
from fss_mm.structures import PLAIN, QueryFeatures, SupportFeatures
from tests.models.builders import build_head, features

MANY = dict(num_prototypes=3, num_background_prototypes=4)
OPTIONS = [
    MANY,
    MANY | dict(scoring='mixture', temperature=5.0),
    MANY | dict(calibrate=True),
    MANY | dict(clustering='superpixel', scoring='mixture'),
    MANY | dict(clustering='superpixel', calibrate=True),
    dict(calibrate=True),
    dict(unit_levels=True),
]


def weights_of(supports):
    """Of background and class, (N, K, 2, h, w), in float64."""
    flat = supports.masks.flatten(0, 1)
    hits = torch.stack([flat == 0, flat == 1], 1).double()
    found = F.interpolate(hits, (7, 7), mode='bilinear', align_corners=True)
    return found.unflatten(0, supports.masks.shape[:2]).numpy()


def double(n=2, k=3):
    return features(n, k, dtype=torch.float64)


def joined(levels):
    return np.concatenate([x.numpy() for x in levels], -3)


def cosines(cells, centres):
    """(C, n) and (P, C) to (P, n)."""
    cells = cells / np.linalg.norm(cells, axis=0)
    return centres / np.linalg.norm(centres, axis=1, keepdims=True) @ cells


def clusters(cells, weights, num):
    """(C, n) and (n,) to (P, C) and shares (P,)."""
    like = cosines(cells, (cells @ weights)[None])[0]
    chosen = [cells[:, np.where(weights > 0, like, -2).argmax()]]
    for _ in range(num - 1):
        near = cosines(cells, np.array(chosen)).max(0)
        chosen.append(cells[:, ((1 - near) * weights).argmax()])
    centres = np.array(chosen)
    for _ in range(11):
        own = cosines(cells, centres).argmax(0)
        mass = np.array([weights[own == p].sum() for p in range(num)])
        shares, known = mass / mass.sum(), centres
        centres = np.array(
            [
                (cells * weights)[:, own == p].sum(1) / mass[p] if mass[p] else c
                for p, c in enumerate(centres)
            ]
        )
    return known, shares


# ---- prototypes --------------------------------------------------------------------


def test_the_defaults_are_the_plain_head_to_the_bit():
    query, supports = features(2, 3)
    feat = torch.cat(supports.levels, dim=2)
    cells = torch.cat(query.levels, dim=1)
    pooled = [class_prototype(feat, supports.masks, v).mean(1) for v in (0, 1)]
    expected = 20.0 * torch.cat([cosine_map(cells, p) for p in pooled], dim=1)
    head = build_head('PrototypeHead')
    assert torch.equal(head(query, supports).query_logits, expected)
    kept = head.represent(supports).tensors()
    assert {k: v.shape for k, v in kept.items()} == {
        name: (2, 14, 1, 1) for name in ('background', 'foreground')
    }


@pytest.mark.parametrize('scoring', ['max', 'mixture'])
@pytest.mark.parametrize('shots', [1, 3])
def test_several_prototypes_agree_with_numpy(scoring, shots):
    query, supports = double(k=shots)
    head = build_head('PrototypeHead', **MANY, scoring=scoring, temperature=5.0)
    logits = head(query, supports).query_logits.numpy()
    cells, weights = joined(supports.levels), weights_of(supports)
    for n, image in enumerate(joined(query.levels)):
        for label, num in enumerate((4, 3)):
            flat = cells[n].transpose(1, 0, 2, 3).reshape(14, -1)
            own = weights[n, :, label].reshape(shots, -1)
            own = (own / own.sum(1, keepdims=True)).ravel()
            centres, shares = clusters(flat, own, num)
            fits = 5 * cosines(image.reshape(14, -1), centres)
            if scoring == 'max':
                expected = fits.max(0)
            else:
                expected = np.log((shares[:, None] * np.exp(fits)).sum(0))
            assert np.abs(logits[n, label].ravel() - expected).max() < 1e-9


def test_fewer_cells_than_prototypes():
    """Clusters repeat: the mask is that of as many prototypes as there are cells."""
    cells = torch.eye(3, dtype=torch.float64)[None]
    weights = torch.tensor([[1.0, 0.5, 0.0]])
    centres, shares = spherical_k_means(cells, weights, 4)
    distinct = {tuple(c) for c in centres[0].T.tolist()}
    assert distinct == {(1, 0, 0), (0, 1, 0)}, 'the cell without weight is none'
    assert sorted(shares[0].tolist()) == pytest.approx([0, 0, 1 / 3, 2 / 3])
    nothing, shares = spherical_k_means(cells, torch.zeros(1, 3), 4)
    assert not nothing.any() and not shares.any()


def superpixels_of(feat, weights, num):
    """(C, h, w) and (h, w) to (P, C) and shares (P,), cell by cell."""
    height, width = weights.shape
    places = [(y, x) for y in range(height) for x in range(width)]
    own = {p for p in places if weights[p] > 0}
    out = [
        (y, x)
        for y in range(-1, height + 1)
        for x in range(-1, width + 1)
        if (y, x) not in own
    ]

    def apart(one, other):
        return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2

    chosen = []
    for _ in range(num):
        free = [
            min(apart(p, q) for q in (*out, *chosen)) if p in own else -1
            for p in places
        ]
        chosen.append(places[int(np.argmax(free))])
    centres, spots = [feat[:, y, x] for y, x in chosen], list(chosen)
    for _ in range(11):
        nearest = {}
        for y, x in own:
            away = [
                1
                - cosines(feat[:, y, x, None], c[None])[0, 0]
                + 2**2 * apart((y, x), s) / max(height, width) ** 2 / 2
                for c, s in zip(centres, spots)
            ]
            nearest[y, x] = int(np.argmin(away))
        groups = [[p for p in own if nearest[p] == i] for i in range(num)]
        mass = np.array([sum(weights[p] for p in group) for group in groups])
        known = np.array(centres)
        for i, group in enumerate(groups):
            if group:
                centres[i] = sum(weights[p] * feat[:, p[0], p[1]] for p in group)
                centres[i] = centres[i] / mass[i]
                spots[i] = sum(weights[p] * np.array(p) for p in group) / mass[i]
    return known, mass / mass.sum()


@pytest.mark.parametrize('scoring', ['max', 'mixture'])
def test_superpixels_of_each_support_agree_with_numpy(scoring):
    query, supports = double(n=1, k=2)
    options = dict(clustering='superpixel', scoring=scoring, temperature=5.0)
    head = build_head('PrototypeHead', num_prototypes=3, **options)
    logits = head(query, supports).query_logits[0, 1].numpy()
    cells, weights = joined(supports.levels)[0], weights_of(supports)[0, :, 1]
    found = [superpixels_of(*one, 3) for one in zip(cells, weights)]
    centres, shares = (np.concatenate(x) for x in zip(*found))
    fits = 5 * cosines(joined(query.levels)[0].reshape(14, -1), centres)
    expected = fits.max(0)
    if scoring == 'mixture':
        expected = np.log((shares[:, None] / 2 * np.exp(fits)).sum(0))
    assert np.abs(logits.ravel() - expected).max() < 1e-9


def test_superpixels_lie_side_by_side():
    """Cells that all look alike are parted by their place alone."""
    weights = torch.zeros(1, 6, 12)
    weights[:, 1:5, 1:11] = 1
    halves = torch.tensor([1.0, 2.0]).repeat_interleave(6).expand(1, 1, 6, 12)
    centres, shares = superpixels(halves, weights, 2)
    assert shares[0].tolist() == [0.5, 0.5]
    assert sorted(centres[0, 0].tolist()) == [1, 2]
    nothing, shares = superpixels(halves, torch.zeros(1, 6, 12), 2)
    assert not nothing.any() and not shares.any()


# ---- discriminant ------------------------------------------------------------------


@pytest.mark.parametrize('shrinkage', [0.1, 0.8, 1.0])
@pytest.mark.parametrize('shots', [1, 3])
def test_the_discriminant_agrees_with_numpy(shrinkage, shots):
    query, supports = double(k=shots)
    head = build_head('DiscriminantHead', shrinkage=shrinkage)
    logits = head(query, supports).query_logits.numpy()
    cells, weights = joined(supports.levels), weights_of(supports)
    for n, image in enumerate(joined(query.levels)):
        x = cells[n].transpose(1, 0, 2, 3).reshape(14, -1)
        x = x / np.linalg.norm(x, axis=0)
        own = weights[n].transpose(1, 0, 2, 3).reshape(2, shots, -1)
        own = (own / own.sum(2, keepdims=True)).reshape(2, -1) / shots
        means = own @ x.T
        covariance = sum(
            ((x - m[:, None]) * w) @ (x - m[:, None]).T for m, w in zip(means, own)
        )
        covariance /= 2
        spread = np.trace(covariance) / 14
        shrunk = (1 - shrinkage) * covariance + shrinkage * spread * np.eye(14)
        plane = np.linalg.solve(shrunk, means[1] - means[0])
        plane /= np.linalg.norm(plane)
        flat = image.reshape(14, -1)
        odds = (
            20 * plane @ (flat / np.linalg.norm(flat, axis=0) - means.mean(0)[:, None])
        )
        found = (logits[n, 1] - logits[n, 0]).ravel()
        assert np.abs(found - odds).max() < 1e-9


def test_directions_that_vary_anyway_count_less():
    """Labels differ by 1 along both axes; cells vary ten times more along one."""
    sums = torch.tensor([[[0.0, 0.0], [1.0, 1.0]]], dtype=torch.float64)
    spread = torch.diag(torch.tensor([10.0, 1.0], dtype=torch.float64))
    moments = (2 * spread + torch.ones(2, 2))[None]  # of two labels of weight 1
    masses = torch.ones(1, 2, dtype=torch.float64)
    direction, offset = linear_discriminant(sums, moments, masses, 1e-9)
    expected = torch.tensor([0.1, 1.0], dtype=torch.float64) / 1.01**0.5
    assert (direction[0] - expected).abs().max() < 1e-6
    assert offset.item() == pytest.approx(-(expected.sum() / 2).item(), abs=1e-6)


# ---- both --------------------------------------------------------------------------

KINDS = [('PrototypeHead', options) for options in OPTIONS]
KINDS += [('DiscriminantHead', {}), ('DiscriminantHead', dict(calibrate=True))]
each = pytest.mark.parametrize(('kind', 'options'), KINDS)


@each
def test_shots_in_any_order_give_the_same_mask(kind, options):
    query, supports = double(k=4)
    head = build_head(kind, **options)
    first = head(query, supports).query_logits
    other = head(query, supports.shots([2, 0, 3, 1])).query_logits
    assert (first - other).abs().max() < 1e-9
    assert torch.equal(first.argmax(1), other.argmax(1))


@each
def test_a_class_is_the_same_alone_and_beside_others(kind, options):
    query, supports = double(n=3, k=2)
    head = build_head(kind, **options)
    together = head(query, supports).query_logits
    for i in range(3):
        alone = [x.rows(slice(i, i + 1)) for x in (query, supports)]
        assert (head(*alone).query_logits[0] - together[i]).abs().max() < 1e-9


@each
@pytest.mark.parametrize('label', [0, 1, 255])
def test_supports_of_one_label_alone(kind, options, label):
    """Without the class nothing is found, and nothing is nan."""
    query, supports = features(1, 2)
    masks = torch.full_like(supports.masks, label)
    logits = build_head(kind, **options)(
        query, SupportFeatures(masks, supports.views)
    ).query_logits
    assert logits.isfinite().all()
    assert (logits.argmax(1) == (label == 1)).all()


@each
def test_one_empty_support_beside_a_good_one(kind, options):
    query, supports = features(1, 2)
    supports.masks[:, 0] = 0
    assert build_head(kind, **options)(query, supports).query_logits.isfinite().all()


# ---- calibration -------------------------------------------------------------------


def test_best_bias_by_hand():
    """The class is at -0.05 and 0.3, background at -0.15: any bias between is right."""
    scores = torch.tensor([[-0.05, 0.3, -0.15]])
    weights = torch.tensor([[[0.0, 0.0, 1.0], [1.0, 1.0, 0.0]]])
    biases = torch.arange(-20, 21) / 100
    assert best_bias(scores, weights, biases).item() == pytest.approx(0.06)
    assert best_bias(scores + 0.1, weights, biases).item() == 0
    assert best_bias(scores + 0.2, weights, biases).item() == pytest.approx(-0.05)


def test_the_bias_is_that_of_held_out_supports():
    query, supports = double(n=1, k=3)
    plain = build_head('PrototypeHead')
    odds, weights = [], weights_of(supports)
    for own, others in ((0, [1, 2]), (1, [0, 2]), (2, [0, 1])):
        shown = supports.shots([own]).as_queries()
        logits = plain(shown, supports.shots(others)).query_logits[0].numpy()
        odds.append((logits[1] - logits[0]) / 20)
    ious = {}
    for step in range(-20, 21):
        found = np.array(odds) + step / 100 > 0
        shared = (weights[0, :, 1] * found).sum()
        union = weights[0, :, 1].sum() + (weights[0, :, 0] * found).sum()
        ious[step] = shared / union - 1e-4 * abs(step) / 100
    best = max(ious, key=ious.get) / 100
    known = build_head('PrototypeHead', calibrate=True).represent(supports)
    assert known['bias'].item() == pytest.approx(best)
    before = plain(query, supports).query_logits
    after = build_head('PrototypeHead', calibrate=True)(query, supports).query_logits
    moved = after[:, 1] - before[:, 1]
    assert (moved - 20 * best).abs().max() < 1e-9
    assert best != 0


def test_one_support_calibrates_nothing():
    query, supports = features(2, 1)
    plain, own = (build_head('PrototypeHead', calibrate=c) for c in (False, True))
    assert torch.equal(
        own(query, supports).query_logits, plain(query, supports).query_logits
    )


def test_levels_of_unit_length_count_alike():
    query, supports = features(1, 1)
    head = build_head('PrototypeHead', unit_levels=True)
    expected = head(query, supports).query_logits
    louder = QueryFeatures((query.levels[0] * 100, query.levels[1]), query.image_size)
    assert (head(louder, supports).query_logits - expected).abs().max() < 1e-4
    plain = build_head('PrototypeHead')
    before, after = (plain(x, supports).query_logits for x in (query, louder))
    assert (before - after).abs().max() > 1e-3
    assert PLAIN in supports.views


@pytest.mark.parametrize(
    ('kind', 'argument', 'message'),
    [
        ('PrototypeHead', dict(num_prototypes=0), 'num_prototypes=0, expected a whole'),
        (
            'PrototypeHead',
            dict(num_background_prototypes=1.5),
            'num_background_prototypes=1.5, expected a whole number',
        ),
        ('PrototypeHead', dict(scoring='mean'), "scoring='mean', expected 'max' or"),
        ('PrototypeHead', dict(clustering='slic'), "clustering='slic', expected 'kmea"),
        ('PrototypeHead', dict(temperature=0), 'temperature=0, expected a number'),
        ('DiscriminantHead', dict(shrinkage=0), 'shrinkage=0, expected above 0'),
        ('DiscriminantHead', dict(shrinkage=1.1), 'shrinkage=1.1, expected above 0'),
    ],
)
def test_arguments_out_of_range(kind, argument, message):
    with pytest.raises(ValueError, match=message):
        build_head(kind, **argument)
