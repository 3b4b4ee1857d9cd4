"""Counts and scores against values worked out by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.evaluation import class_ious, episode_counts, foreground_background_iou
from fss_mm.evaluation.scores import mean_over_seeds, score, score_by_seed

from .records import META, RECORDS


def test_counts_by_hand():
    prediction = torch.tensor([[1, 1, 0], [0, 1, 1]])
    target = torch.tensor([[1, 0, 0], [1, 1, 255]])
    # foreground: both in 2, either in 4; background: both in 1, either
    # in 3; the sixth pixel is ignored
    assert episode_counts(prediction, target) == (2, 4, 1, 3)


@given(st.integers(0, 2**31))
def test_counts_agree_with_numpy(seed):
    random = np.random.default_rng(seed)
    p, t = random.integers(0, 2, (7, 9)), random.choice([0, 1, 255], (7, 9))
    p_, t_ = p[t != 255], t[t != 255]
    expected = []
    for value in (1, 0):
        expected += [((p_ == value) & (t_ == value)).sum(),
                     ((p_ == value) | (t_ == value)).sum()]  # fmt: skip
    assert list(episode_counts(torch.tensor(p), torch.tensor(t))) == expected


def test_sizes_must_agree():
    with pytest.raises(ValueError, match=r'\(2, 2\) and target is \(2, 3\)'):
        episode_counts(torch.zeros(2, 2), torch.zeros(2, 3))


COUNTS = np.array([[1, 2, 10, 20], [5, 6, 30, 40], [0, 4, 8, 8]])


def test_class_iou_divides_once():
    ious = class_ious(np.array([3, 3, 9]), COUNTS)
    assert ious == {3: pytest.approx(100 * 6 / 8), 9: 0.0}, 'not the mean of 50 and 83'
    assert np.isnan(class_ious(np.array([1]), np.zeros((1, 4)))[1])


def test_fbiou_sums_over_all_classes():
    expected = 100 * (6 / 12 + 48 / 68) / 2
    assert foreground_background_iou(COUNTS) == pytest.approx(expected)


def test_mean_and_spread_over_seeds():
    scores = score_by_seed(RECORDS, META['classes'])
    assert scores[0]['mIoU'] == pytest.approx((50 + 25) / 2)
    assert scores[7]['mIoU'] == pytest.approx((75 + 50) / 2)
    mean = mean_over_seeds(scores)
    assert mean['mIoU'] == pytest.approx(50)
    assert mean['IoU_ant'] == pytest.approx(62.5)
    assert mean['mIoU_std'] == pytest.approx(25 / np.sqrt(2))
    assert 'mIoU_std' not in mean_over_seeds({0: score(RECORDS[:2], META['classes'])})
