"""Ratios by class, their means and intervals, and masks that are kept."""

import numpy as np
import pytest

from fss_mm.analysis.class_means import Figure, class_figures, defined_mean, percent
from fss_mm.analysis.packed_mask import PackedMask
from fss_mm.evaluation.scores import interval_over_episodes, mean_over_seeds, score
from tests.evaluation.records import record


def iou(sums):
    return percent(sums[..., :1], sums[..., 1:2])


def test_ratios_are_those_of_a_report():
    """Of one list: the score and the interval that a report gives."""
    random = np.random.default_rng(1)
    records = [
        record(0, n, 1 + n % 2, (int(a), int(a + b), 50, 60))
        for n, (a, b) in enumerate(random.integers(1, 30, (40, 2)))
    ]
    ids = np.array([r['class_id'] for r in records])
    counts = np.array([r['counts'] for r in records])
    figures = class_figures(ids, counts, iou, ['iou'])
    expected = mean_over_seeds({0: score(records, ('ant', 'bee'))})
    bounds = interval_over_episodes(records, ('ant', 'bee'))
    for own, name in (
        (figures.mean['iou'], 'mIoU'),
        (figures.by_class[1]['iou'], 'IoU_ant'),
        (figures.by_class[2]['iou'], 'IoU_bee'),
    ):
        assert own.value == pytest.approx(expected[name])
        assert own.lower == pytest.approx(bounds['lower'][name])
        assert own.upper == pytest.approx(bounds['upper'][name])
    assert figures.num_episodes == {1: 20, 2: 20}


def test_a_class_without_a_value_is_left_out_of_the_mean():
    counts = np.array([[1, 2], [0, 0]])
    figures = class_figures(np.array([1, 2]), counts, iou, ['iou'], 10)
    assert figures.mean['iou'].value == 50 and figures.mean['iou'].text() == (
        '50.0 (50.0 to 50.0)'
    )
    assert np.isnan(figures.by_class[2]['iou'].value)
    assert figures.by_class[2]['iou'].text() == '-'
    assert np.isnan(defined_mean(np.full((2, 1), np.nan)))
    names = figures.json(('ant', 'bee'))
    assert names['by_class']['ant']['iou'] == Figure(50, 50, 50).json()


@pytest.mark.parametrize('shape', [(3, 5), (8, 8), (1, 1)])
def test_a_mask_comes_back(shape):
    mask = np.random.default_rng(0).integers(0, 2, shape).astype(np.uint8)
    packed = PackedMask.of(mask)
    assert np.array_equal(packed.unpacked(), mask)
    assert np.array_equal(packed.at(shape), mask)


def test_a_mask_at_another_size_and_what_is_no_foreground():
    packed = PackedMask.of(np.array([[1, 0], [255, 1]], np.uint8))
    assert packed.at((4, 4)).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 1, 1],
    ]
