"""Vectors of regions and what is computed of them, by hand and once more in NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fss_mm.analysis.attention_gap import attention_gap
from fss_mm.analysis.error_similarity import PARTS, error_regions, part_similarities
from fss_mm.analysis.fg_bg_similarity import bg_above_fg, chosen, pair_similarities
from fss_mm.analysis.regions import (
    by_class,
    cosines,
    inner_ratio,
    label_regions,
    other_class_partners,
    region_vectors,
    show,
    stacked,
    summary,
)


def pooled(level, region):
    """Masked average pooling in plain loops: (c, h, w) under (H, W), float64."""
    (h, w), (height, width) = level.shape[1:], region.shape
    total, weight = np.zeros(len(level)), 0.0
    for y in range(h):
        for x in range(w):
            rows = slice(y * height // h, -(-(y + 1) * height // h))
            columns = slice(x * width // w, -(-(x + 1) * width // w))
            share = region[rows, columns].astype(np.float64).mean()
            total += share * level[:, y, x].astype(np.float64)
            weight += share
    return total / weight


def test_a_cell_counts_by_the_share_of_the_region():
    level = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 8.0]]]])
    mask = torch.zeros(4, 4, dtype=torch.uint8)
    mask[0, 0] = mask[2:, 2:] = 1  # a quarter of the first cell, the whole last one
    mask[0, 3] = 255
    found = region_vectors([level], label_regions(mask))
    # (1 / 4 * 1 + 4) / (5 / 4), (8) / (5 / 4)
    np.testing.assert_allclose(found['foreground'], [3.4, 6.4])
    # shares 3/4, 3/4 (a void pixel), 1, 0
    np.testing.assert_allclose(found['background'], [(0.75 + 1.5 + 3) / 2.5, 0])


def test_levels_of_several_sizes_stand_behind_one_another():
    levels = [torch.full((1, 2, 4, 4), 3.0), torch.full((1, 1, 2, 2), 5.0)]
    found = region_vectors(levels, dict(own=torch.ones(8, 8, dtype=torch.bool)))
    np.testing.assert_array_equal(found['own'], [3, 3, 5])


def test_a_region_without_a_pixel_has_no_vector():
    mask = torch.ones(4, 4, dtype=torch.uint8)
    found = region_vectors([torch.ones(1, 2, 2, 2)], label_regions(mask))
    assert found['background'] is None and found['foreground'] is not None
    rows = stacked([None, np.array([1.0, 2.0])])
    assert np.isnan(rows[0]).all() and rows[1].tolist() == [1, 2]


@given(st.integers(0, 2**31), st.sampled_from([(6, 5), (9, 7), (16, 16)]))
@settings(max_examples=20, deadline=None)
def test_vectors_are_those_of_plain_loops(seed, size):
    random = np.random.default_rng(seed)
    level = random.normal(size=(3, 4, 3)).astype(np.float32)
    mask = random.choice([0, 1, 255], size=size).astype(np.uint8)
    regions = label_regions(torch.from_numpy(mask))
    found = region_vectors([torch.from_numpy(level)[None]], regions)
    for label, name in enumerate(('background', 'foreground')):
        if (mask == label).any():
            expected = pooled(level, mask == label)
            np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-9)


def test_cosines_and_ratios_by_hand():
    a = np.array([[1.0, 0], [3, 4], [0, 0], [np.nan, np.nan]])
    b = np.array([[1.0, 1], [6, 8], [1, 1], [1, 1]])
    np.testing.assert_allclose(cosines(a, b), [0.5**0.5, 1, np.nan, np.nan])
    # (1 + 0) / (2 + 2); lengths count: 50 / 100
    truth = np.array([[2.0, 2], [10, 0], [1, 0], [1, 0]])
    other = np.array([[1.0, 1], [10, 0], [0, 1], [1, 0]])
    np.testing.assert_allclose(
        inner_ratio(a, b, truth, other), [0.25, 0.5, np.nan, np.nan]
    )


def test_summaries():
    values = np.array([1.0, 3.0, np.nan, 8.0])
    assert summary(values) == dict(
        n=3, mean=4.0, std=pytest.approx(13**0.5), median=3.0
    )
    assert summary(np.array([np.nan])) == dict(n=0, mean=None, std=None, median=None)
    assert (
        show(summary(values)) == '4.000 ± 3.606' and show(summary(values[2:3])) == '-'
    )
    assert show(summary(values[:1])) == '1.000'
    table = by_class(values, [2, 2, 1, 1], ('ant', 'bee'))
    assert list(table) == ['ant', 'bee', 'all']
    assert (table['ant']['n'], table['ant']['mean']) == (1, 8.0)
    assert table['bee']['mean'] == 2.0


def test_partners_are_of_other_classes():
    ids = np.array([1, 1, 2, 3, 1])
    partners = other_class_partners(ids)
    assert (ids[partners] != ids).all()
    assert (partners == other_class_partners(ids)).all()
    assert other_class_partners([4, 4]) is None
    many = other_class_partners([1, 2, 3] * 200)
    assert {*(many[::3] % 3)} == {1, 2}, 'of all others, not of the next one alone'


def test_pairs_and_their_control():
    one, two = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 0], [1, 1]])
    tables = dict(foreground=one, background=two), dict(foreground=two, background=one)
    found = pair_similarities(*tables, [1, 2])
    half = 0.5**0.5
    np.testing.assert_allclose(found['fg - fg'], [1, half])
    np.testing.assert_allclose(found['bg - bg'], [1, half])
    np.testing.assert_allclose(found['fg - bg'], [1, 1])
    np.testing.assert_allclose(found['bg - fg'], [1, 1])
    # the other pair's support
    np.testing.assert_allclose(found['fg - fg, other class'], [half, 0])
    np.testing.assert_allclose(found['bg - bg, other class'], [0, half])
    assert len(pair_similarities(*tables, [1, 1])) == 4
    shares = bg_above_fg({'fg - fg': np.array([1, 0.5]), 'bg - bg': np.array([0, 0.6])})
    assert shares.tolist() == [0, 1]
    missing = {'fg - fg': np.array([np.nan]), 'bg - bg': np.array([0.6])}
    assert np.isnan(bg_above_fg(missing)).all()


def test_parts_by_what_was_said():
    mask = torch.tensor([[1, 1, 0, 0, 255, 255]])
    said = torch.tensor([[1, 0, 1, 0, 1, 0]])
    found = {k: v[0].int().tolist() for k, v in error_regions(said, mask).items()}
    assert found == dict(
        errors=[0, 1, 1, 0, 0, 0],
        missed=[0, 1, 0, 0, 0, 0],
        added=[0, 0, 1, 0, 0, 0],
        found=[1, 0, 0, 0, 0, 0],
        background=[0, 0, 1, 1, 0, 0],
        object=[1, 1, 0, 0, 0, 0],
    )


def test_ratio_of_the_object_itself_is_one():
    random = np.random.default_rng(0)
    a, b = ({n: random.random((5, 4)) for n in (*PARTS, 'object')} for _ in range(2))
    a['found'], b['found'] = 2 * a['object'], b['object']
    found = part_similarities(a, b)
    np.testing.assert_allclose(found['ratio']['found'], 2)
    np.testing.assert_allclose(found['cosine']['found'], found['cosine']['objects'])
    expected = (a['errors'] * b['errors']).sum(1) / (a['object'] * b['object']).sum(1)
    np.testing.assert_allclose(found['ratio']['errors'], expected)


def test_gap_of_an_attention_map():
    attention = torch.tensor([[0.6, 0.4], [0.5, 0.5]])
    mask = torch.zeros(4, 4, dtype=torch.uint8)
    mask[:2] = 1  # the upper cells
    mask[:2, 2:] = 255  # but of the second nothing is known
    gap, spread = attention_gap(attention, mask)
    assert gap == pytest.approx(0.6 - 0.5)
    assert spread == pytest.approx(np.std([0.6, 0.4, 0.5, 0.5], ddof=1))


def test_levels_are_those_of_the_backbone():
    levels = [torch.zeros(1), torch.ones(1)]
    assert chosen(levels, None) == levels and chosen(levels, [1])[0] is levels[1]
    with pytest.raises(ValueError, match='the backbone gives 2, numbered from 0'):
        chosen(levels, [2])
