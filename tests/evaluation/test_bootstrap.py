"""The bootstrap against values worked out by hand, and what always holds of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fss_mm.evaluation import bootstrap
from fss_mm.evaluation.bootstrap import (
    measured_scores,
    percentile_interval,
    resampled_scores,
    resampled_sums,
    scores_of_sums,
    sort_episodes,
)
from fss_mm.evaluation.scores import (
    interval_over_episodes,
    mean_over_seeds,
    score_by_seed,
    sort_records,
    value_names,
)

from .records import RECORDS, record

CLASSES = ('ant', 'bee', 'cow')


@st.composite
def record_lists(draw):
    """Some seeds, each with some episodes of random classes; some without pixels."""
    records = []
    for seed in range(draw(st.integers(1, 3))):
        for number in range(draw(st.integers(1, 8))):
            both, only, rest = (draw(st.integers(0, 3)) for _ in range(3))
            counts = (both, both + only, rest, rest + only)
            records.append(record(seed, number, draw(st.integers(1, 3)), counts))
    return records


@given(record_lists())
def test_the_bootstrap_scores_as_the_report_does(records):
    episodes = sort_records(records)
    names = value_names(episodes.class_ids, CLASSES)
    mean = mean_over_seeds(score_by_seed(records, CLASSES))
    expected = [mean[name] for name in names]
    assert measured_scores(episodes)[0] == pytest.approx(expected, nan_ok=True)


@given(record_lists())
@settings(max_examples=50)
def test_bounds_are_in_order_and_nan_only_with_the_score(records):
    interval = interval_over_episodes(records, CLASSES, num_resamples=50)
    mean = mean_over_seeds(score_by_seed(records, CLASSES))
    for name, lower in interval['lower'].items():
        upper = interval['upper'][name]
        if np.isnan(mean[name]):
            assert np.isnan([lower, upper]).all()
        elif not np.isnan(lower):
            assert -1e-9 <= lower <= upper <= 100 + 1e-9


@given(record_lists(), st.integers(1, 5))
@settings(max_examples=50)
def test_equal_episodes_leave_no_doubt(records, scale):
    same = [r | dict(counts=(2, 4, 3 * scale, 4 * scale)) for r in records]
    interval = interval_over_episodes(same, CLASSES, num_resamples=20)
    assert interval['half_width'] == pytest.approx(0)
    assert interval['lower']['mIoU'] == pytest.approx(50)


def test_sums_by_hand():
    """Seed 7 has no episode of class 2; its mean is over class 1 alone."""
    episodes = sort_episodes(
        np.array([0, 0, 0, 7]),
        np.array([1, 1, 2, 1]),
        np.array([[1, 2, 4, 8], [2, 4, 4, 8], [1, 4, 2, 8], [3, 4, 6, 8]]),
    )
    assert episodes.sizes.tolist() == [[2, 1], [1, 0]]
    assert episodes.sums[0].tolist() == [[3, 6, 8, 16], [1, 4, 2, 8]]
    miou = ((50 + 25) / 2 + 75) / 2
    fb_iou = ((100 * 4 / 10 + 100 * 10 / 24) / 2 + (75 + 75) / 2) / 2
    expected = [miou, fb_iou, (50 + 75) / 2, 25]
    assert measured_scores(episodes)[0] == pytest.approx(expected)


def test_episodes_are_drawn_of_their_class_from_all_seeds():
    """The sums of one drawn episode each show which ones there are to draw."""
    counts = np.array([[r['counts'] for r in RECORDS]][0])
    episodes = sort_episodes(np.array([0, 0, 7, 7]), np.array([1, 2, 1, 2]), counts)
    sums = resampled_sums(episodes, 200)
    assert sums.shape == (200, 2, 2, 4)
    for s in range(2):
        drawn = [{tuple(row) for row in sums[:, s, c].tolist()} for c in range(2)]
        assert drawn == [{(1, 2, 1, 1), (3, 4, 1, 1)}, {(1, 4, 1, 1), (2, 4, 1, 1)}]


def test_the_spread_is_that_of_the_mean_of_two_values():
    """One class of equal unions: IoU is a mean, whose variance is known."""
    values = np.random.default_rng(0).integers(0, 100, 400)
    counts = np.stack([values, values * 0 + 100, values, values * 0 + 100], 1)
    episodes = sort_episodes(np.repeat([0, 1], 200), np.ones(400, int), counts)
    spread = resampled_scores(episodes, 20_000)[:, 0].std(0)
    assert spread == pytest.approx(values.std() / 20, rel=0.02)


def test_the_same_report_has_the_same_interval(monkeypatch):
    first = interval_over_episodes(RECORDS, CLASSES)
    np.random.seed(3)
    assert interval_over_episodes(RECORDS, CLASSES) == first
    assert (first['level'], first['num_resamples']) == (0.95, 2000)
    half = (first['upper']['mIoU'] - first['lower']['mIoU']) / 2
    assert first['half_width'] == pytest.approx(half) and half > 0


def test_long_lists_are_drawn_in_parts(monkeypatch):
    monkeypatch.setattr(bootstrap, 'CHUNK', 3)
    sums = resampled_sums(sort_records(RECORDS * 2), 101)
    unions = sums[..., 0, 1]
    assert set(unions.ravel()) == {4, 6, 8}, 'every resample is of two episodes'


def test_percentiles_by_hand():
    drawn = np.stack([np.arange(101.0), np.full(101, np.nan), np.arange(101.0)], 1)
    bounds = percentile_interval(drawn, np.array([50, 50, np.nan]))
    assert bounds[:, 0] == pytest.approx([0.025 * 102 - 1, 0.975 * 102 - 1])
    assert np.isnan(bounds[:, 1:]).all(), 'no value among the resamples, or measured'
    drawn[:50, 1] = 7  # the resamples without a value are left out
    assert percentile_interval(drawn, np.full(3, 50))[:, 1].tolist() == [7, 7]


def test_absent_classes_are_not_undefined_ones():
    sizes = np.array([[1, 0], [1, 1]])
    sums = np.array([[[1, 2, 1, 2], [0, 0, 0, 0]], [[1, 2, 1, 2], [0, 0, 3, 3]]])
    assert np.isnan(scores_of_sums(sums, sizes)[[0, 3]]).all()
    assert scores_of_sums(sums, sizes)[2] == 50
    sums[1, 1] = 1, 4, 1, 1
    assert scores_of_sums(sums, sizes)[0] == pytest.approx((50 + (50 + 25) / 2) / 2)
