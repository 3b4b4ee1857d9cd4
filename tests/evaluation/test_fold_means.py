"""Means over folds: of measured scores, with intervals that pair what is paired."""

import pytest

from fss_mm.evaluation.fold_means import difference_over_folds, mean_over_folds
from tests.evaluation.records import report_of


def test_means_are_those_of_the_reports():
    folds = [[report_of(3), report_of(5)], [report_of(6), report_of(4)]]
    means = [report['mean']['mIoU'] for fold in folds for report in fold]
    found = mean_over_folds(folds)['mIoU']
    assert found['mean'] == pytest.approx(sum(means) / 4)
    assert found['lower'] < found['mean'] < found['upper']


def test_one_fold_has_its_reports_own_interval():
    report = report_of()
    found = mean_over_folds([[report]])
    for score in ('mIoU', 'FBIoU'):
        assert found[score]['lower'] == pytest.approx(
            report['interval']['lower'][score]
        )
        assert found[score]['upper'] == pytest.approx(
            report['interval']['upper'][score]
        )


def test_folds_are_redrawn_independently():
    """Four folds alike: half the width of one, not the whole."""
    one = mean_over_folds([[report_of()]])['mIoU']
    four = mean_over_folds([[report_of()]] * 4)['mIoU']
    widths = [found['upper'] - found['lower'] for found in (one, four)]
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.06)


def test_differences_are_paired():
    first, second = [[report_of(3)], [report_of(4)]], [[report_of(5)], [report_of(6)]]
    found = difference_over_folds(first, second)['mIoU']
    assert found['difference'] == pytest.approx(200 / 12)
    assert found['lower'] == pytest.approx(200 / 12), 'each episode gains alike'
    same = difference_over_folds(first, first)['mIoU']
    assert (same['difference'], same['lower'], same['upper']) == (0, 0, 0)


def test_other_episodes_are_refused():
    with pytest.raises(ValueError, match='episodes'):
        difference_over_folds([[report_of()]], [[report_of(seeds=(0, 2))]])
