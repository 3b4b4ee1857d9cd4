"""Episodes in bins."""

import numpy as np
import pytest

from fss_mm.analysis.value_bins import (
    bin_numbers,
    binned_scores,
    quantile_edges,
    read_edges,
)


def test_bins_of_as_many_episodes_each():
    edges = quantile_edges(np.arange(9.0), 2)
    assert edges.tolist() == [0, 4, 8]
    assert bin_numbers(np.arange(9.0), edges).tolist() == [0] * 4 + [1] * 5
    assert quantile_edges(np.array([3.0, 3, 3, 7]), 4).tolist() == [3, 4, 7]
    same = np.full(4, 2.0)
    assert bin_numbers(same, quantile_edges(same, 3)).tolist() == [0] * 4


def test_every_episode_is_in_one_bin():
    random = np.random.default_rng(0)
    values = random.integers(0, 6, 200).astype(float)
    for number in range(1, 8):
        found = bin_numbers(values, quantile_edges(values, number))
        assert found.min() == 0 and found.max() < number


def test_hand_computed_scores():
    values, ids = np.array([1.0, 2, 3, 11, 12, 99]), np.array([1, 1, 2, 1, 2, 1])
    counts = np.array([[1, 4], [3, 4], [1, 1], [1, 2], [0, 0], [1, 1]])
    queries, edges = np.array(['a', 'a', 'b', 'c', 'd', 'e']), np.array([0, 5, 13, 50])
    first, second, third = binned_scores(values, ids, queries, counts, edges)
    assert (first.num_episodes, first.num_queries, first.num_classes) == (3, 2, 2)
    assert (first.lower, first.upper) == (0, 5)
    assert first.miou.value == 75, 'class 1 has 4 of 8, class 2 1 of 1'
    assert first.mean_iou == pytest.approx((25 + 75 + 100) / 3)
    assert first.miou.lower <= 75 <= first.miou.upper
    assert second.num_episodes == 2 and second.miou.value == 50 == second.mean_iou
    assert third.num_episodes == 0 and np.isnan(third.miou.value)


@pytest.mark.parametrize(
    'text', ['weight=1,2', 'size', 'size=1', 'size=2,1', 'size=1,x', 'size=1,1']
)
def test_edges_that_are_none(text):
    with pytest.raises(ValueError, match='expected one of size, share'):
        read_edges([text], ['size', 'share'])


def test_edges():
    found = read_edges(['size=0,32,9e1', 'share=0,100'], ['size', 'share'])
    assert found['size'].tolist() == [0, 32, 90] and found['share'].tolist() == [0, 100]
