"""Ranks and their correlation, of lists that hold a value several times."""

import numpy as np
import pytest

from fss_mm.analysis.rank_correlation import (
    correlation_within_classes,
    rank_correlations,
    weighted_ranks,
)


def test_ranks_of_ties_and_of_values_drawn_twice():
    ranks = weighted_ranks(np.array([5, 1, 1, 9]), np.array([[1, 1, 1, 1]]))
    assert ranks.tolist() == [[3, 1.5, 1.5, 4]]
    # the list 1, 5, 5, 9: the value that was not drawn has no rank that counts
    ranks = weighted_ranks(np.array([5, 1, 1, 9]), np.array([[2, 1, 0, 1]]))
    assert ranks[0, [0, 1, 3]].tolist() == [2.5, 1, 4]


@pytest.mark.parametrize(
    ('x', 'y', 'expected'),
    [
        ([1, 2, 3], [10, 20, 30], 1),
        ([1, 2, 3], [30, 20, 10], -1),
        ([1, 2, 3, 4], [1, 2, 4, 3], 0.8),  # 1 - 6 * 2 / (4 * 15)
        ([1, 2, 3], [7, 7, 7], np.nan),
    ],
)
def test_hand_computed_correlations(x, y, expected):
    found = rank_correlations(np.array(x), np.array(y))
    assert found == pytest.approx(expected, nan_ok=True)


def test_weights_are_a_list_that_was_drawn():
    stats = pytest.importorskip('scipy.stats')
    random = np.random.default_rng(0)
    x, y = random.integers(0, 5, 20), random.normal(size=20)
    weights = random.multinomial(20, [1 / 20] * 20, 7)
    found = rank_correlations(x, y, weights)
    for own, value in zip(weights, found):
        expected = stats.spearmanr(np.repeat(x, own), np.repeat(y, own)).statistic
        assert value == pytest.approx(expected)


def test_what_tells_classes_apart_has_no_part():
    """Within each class y falls with x, over both it rises."""
    x, y = np.array([1, 2, 3, 11, 12, 13]), np.array([3, 2, 1, 13, 12, 11])
    mean, lower, upper = correlation_within_classes(np.repeat([1, 2], 3), x, y, 50)
    assert (mean, lower, upper) == (-1, -1, -1) and rank_correlations(x, y)[0] > 0.5


def test_a_class_without_different_values_has_no_vote():
    x, y = np.array([1, 2, 3, 5, 5]), np.array([1, 2, 3, 1, 9])
    ids = np.array([1, 1, 1, 2, 2])
    assert correlation_within_classes(ids, x, y, 20)[0] == 1
    constant = correlation_within_classes(ids, np.ones(5), y, 20)
    assert np.isnan(constant).all()
