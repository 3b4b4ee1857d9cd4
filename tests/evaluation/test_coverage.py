"""A 95 % interval holds the truth 95 times of 100, on simulated episodes.

The limits are three standard errors of a share of 500 repetitions around 95 %. The
simulations are the same each time. tools/analysis_tools/interval_coverage.py repeats
them at full length.
"""

import numpy as np
import pytest
from simulation import (
    NUM_PIXELS,
    build_population,
    coverage,
    simulate_intervals,
    true_scores,
)

from fss_mm.evaluation.bootstrap import (
    measured_scores,
    percentile_interval,
    resampled_scores,
)
from fss_mm.evaluation.comparison import difference_interval

REPETITIONS, NUM_RESAMPLES = 500, 200
ERROR = 3 * np.sqrt(0.95 * 0.05 / REPETITIONS)


def assert_right(held):
    assert (np.abs(held - 0.95) <= ERROR).all(), held


def score_interval(episodes):
    drawn = resampled_scores(episodes, NUM_RESAMPLES)[:, 0]
    return percentile_interval(drawn, measured_scores(episodes)[0])


def halved(bounds):
    middle = bounds.mean(-2, keepdims=True)
    return middle + (bounds - middle) / 2


@pytest.mark.parametrize('num_episodes', [60, 200])
def test_intervals_of_scores(num_episodes):
    """The first class, too, where the lists are long enough for it."""
    population = build_population()
    bounds = simulate_intervals(
        population, score_interval, 5, num_episodes, REPETITIONS
    )
    tested = slice(0, 3 if num_episodes == 200 else 2)
    held = coverage(bounds, true_scores(population))
    assert_right(held[tested])
    narrow = coverage(halved(bounds), true_scores(population))
    with pytest.raises(AssertionError):
        assert_right(narrow[tested])
    assert (narrow < 0.8).all(), 'half the width holds the truth 67 times of 100'


def test_intervals_of_differences():
    population = build_population(num_models=2)
    truth = true_scores(population, 1) - true_scores(population, 0)
    bounds = simulate_intervals(
        population,
        lambda episodes: difference_interval(episodes, NUM_RESAMPLES),
        5, 60, REPETITIONS,
    )  # fmt: skip
    assert_right(coverage(bounds, truth)[:2])
    with pytest.raises(AssertionError):
        assert_right(coverage(halved(bounds), truth)[:2])


def test_pairs_are_known_better_than_either():
    """Both models fail on the same episodes: the difference has a narrower interval."""
    population = build_population(num_models=2)
    episodes = population.draw(np.random.default_rng(0), 5, 200)
    widths = [np.diff(f(episodes), axis=0)[0, 0]
              for f in (score_interval, difference_interval)]  # fmt: skip
    assert widths[1] < 0.8 * widths[0]


def test_the_population_is_like_real_episodes():
    counts = build_population().counts
    fg_i, fg_u, bg_i, bg_u = np.moveaxis(counts, -1, 0)
    assert (fg_u + bg_i == NUM_PIXELS).all() and (fg_i + bg_u == NUM_PIXELS).all()
    assert (0 <= fg_i).all() and (fg_i <= fg_u).all() and (bg_i >= 0).all()
    iou = fg_i / fg_u
    assert (iou == 0).mean() > 0.03 and iou.max() > 0.95
    by_class = iou.mean(1)
    assert by_class.max() - by_class.min() > 0.2


def test_truth_by_hand():
    population = build_population(num_classes=2, size=3)
    population.counts[:] = 1, 4, 3, 6
    population.counts[1] = 2, 4, 3, 5
    fb_iou = 100 * (9 / 24 + 18 / 33) / 2
    expected = [(25 + 50) / 2, fb_iou, 25, 50]
    assert true_scores(population) == pytest.approx(expected)
