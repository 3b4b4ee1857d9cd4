"""Which reports may be compared, and by how much they differ."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fss_mm.evaluation.comparability import check_report, obstacles, remarks
from fss_mm.evaluation.comparison import (
    compare_reports,
    excludes_zero,
    paired_differences,
)
from fss_mm.evaluation.comparison_text import format_comparison
from fss_mm.evaluation.report import build_report

from .records import META, RECORDS, record, report_of

NUM = 200  # resamples


def test_a_report_differs_from_itself_by_exactly_nothing():
    report = report_of()
    found = compare_reports(report, copy.deepcopy(report), num_resamples=NUM)
    assert found['comparable'] and not found['obstacles'] and not found['remarks']
    assert set(found['scores']) == {'mIoU', 'FBIoU', 'IoU_ant', 'IoU_bee'}
    for score in found['scores'].values():
        assert score['difference'] == score['lower'] == score['upper'] == 0
        assert not excludes_zero(score)


@given(st.integers(0, 7), st.integers(0, 7))
@settings(max_examples=20, deadline=None)
def test_order_reverses_signs(one, other):
    a, b = report_of(one), report_of(other)
    there, back = (paired_differences(*pair, NUM) for pair in ((a, b), (b, a)))
    for name, score in there.items():
        assert score['difference'] == pytest.approx(-back[name]['difference'])
        assert score['lower'] == pytest.approx(-back[name]['upper'])
        assert score['upper'] == pytest.approx(-back[name]['lower'])
        assert score['lower'] <= score['difference'] + 1e-9
        assert score['a'] == pytest.approx(a['mean'][name])
        assert score['b'] == pytest.approx(b['mean'][name])


def test_differences_by_hand():
    """One more pixel right in each episode, of ten: 10 points, without any doubt."""

    def report(extra):
        records = [
            record(seed, n, 1 + n % 2, (n + extra, 10, 5, 10))
            for seed in (0, 1)
            for n in range(4)
        ]
        return build_report(records, META)

    scores = compare_reports(report(0), report(1), num_resamples=NUM)['scores']
    assert scores['IoU_ant']['a'] == pytest.approx(100 * 2 / 20)
    assert scores['IoU_bee']['b'] == pytest.approx(100 * 6 / 20)
    for name, difference in dict(mIoU=10, IoU_ant=10, IoU_bee=10, FBIoU=5).items():
        values = [scores[name][key] for key in ('difference', 'lower', 'upper')]
        assert values == pytest.approx([difference] * 3)
        assert excludes_zero(scores[name])


def test_undefined_classes_have_no_interval():
    records = [*RECORDS[:1], record(0, 1, 2, (0, 0, 4, 4))]
    report = build_report(records, META)
    score = compare_reports(report, report, num_resamples=NUM)['scores']['IoU_bee']
    assert np.isnan(list(score.values())).all() and not excludes_zero(score)


RULES = dict(name='p', void='ignored', score_size='original')


@pytest.mark.parametrize(
    'change, name, values',
    [
        (dict(fold=1), 'fold', (0, 1)),
        (dict(num_shots=5), 'shots', (1, 5)),
        (dict(classes=('ant', 'wasp')), 'classes', (['ant', 'bee'], ['ant', 'wasp'])),
        (dict(protocol=RULES | dict(void='0')), 'void', ('ignored', '0')),
        (dict(provenance=dict(identical_inputs=True)), 'identical inputs',
         (False, True)),
        (dict(provenance=dict(label_stopped_passes=2)), 'passes chosen by labels',
         (False, True)),
    ],
)  # fmt: skip
def test_what_forbids_a_comparison(change, name, values):
    a, b = report_of(protocol=RULES), report_of(**(dict(protocol=RULES) | change))
    assert obstacles(a, b) == {name: values}
    found = compare_reports(a, b, num_resamples=NUM)
    assert not found['comparable'] and not found['unpaired'] and not found['scores']
    text = format_comparison(found)
    assert 'NOT COMPARABLE' in text and f'| {name} ' in text and 'B - A' not in text


def test_other_names_of_the_same_test_are_compared():
    b = RULES | dict(name='q', deviations=['d'], score_size='mask')
    a, b = report_of(protocol=RULES), report_of(protocol=b)
    found = compare_reports(a, b, num_resamples=NUM)
    assert found['comparable']
    assert found['remarks']['protocol'] == ('p', 'q WITH DEVIATIONS (d)')
    assert 'protocol p and q WITH DEVIATIONS (d).' in format_comparison(found)


def test_deviations_are_told_in_any_order():
    a, b = (
        report_of(protocol=dict(deviations=order)) for order in (['d', 'e'], ['e', 'd'])
    )
    found = compare_reports(a, b, num_resamples=NUM)
    assert found['comparable'] and not found['remarks']
    assert 'protocol p WITH DEVIATIONS (d; e).' in format_comparison(found)


def test_scored_pixels_tell_masks_apart():
    """Whatever the reports say of their resolution and void rule."""
    a, b = report_of(), report_of()
    b['episodes'][3]['counts'][2] += 1
    assert obstacles(a, b) == {
        'scored pixels (1 episodes; first: seed 0, number 3)': (20, 21)
    }


def test_every_reason_is_listed():
    a, b = report_of(), report_of(fold=2, num_shots=5, seeds=(4, 5))
    assert list(obstacles(a, b)) == ['episodes', 'seeds', 'fold', 'shots']


def test_other_episodes_alone_make_it_unpaired():
    found = compare_reports(report_of(seeds=(0, 1)), report_of(seeds=(0, 1, 2)))
    assert found['unpaired'] and not found['comparable'] and not found['scores']
    text = format_comparison(found)
    assert 'would be unpaired' in text and '| seeds    | 0, 1' in text


def test_other_masks_of_the_same_names_are_not_compared():
    a, b = report_of(index_sha256='1'), report_of(index_sha256='2')
    assert obstacles(a, b) == {'masks (sha256 of the index)': ('1', '2')}


def test_what_differs_and_forbids_nothing():
    provenance = dict(
        config='c.py', strategies=[], training=dict(novel_images='drop', steps=5),
        label_stopped_passes=2,
    )  # fmt: skip
    other = provenance | dict(
        strategies=['shot_fusion()'], training=dict(novel_images='keep', steps=5),
        label_stopped_passes=3, untrained=True,
    )  # fmt: skip
    a = report_of(provenance=provenance, protocol=dict(draw='x'))
    b = report_of(provenance=other, protocol=dict(draw='y'))
    b['versions'] = a['versions'] | dict(torch='9')
    b['num_diverged'] = 3
    assert not obstacles(a, b)
    assert remarks(a, b) == {
        'provenance strategies': ([], ['shot_fusion()']),
        'provenance training novel_images': ('drop', 'keep'),
        'provenance label_stopped_passes': (2, 3),
        'provenance untrained': (None, True),
        'protocol draw': ('x', 'y'),
        'versions torch': (a['versions']['torch'], '9'),
        'diverged episodes': (0, 3),
    }
    text = format_comparison(compare_reports(a, b, num_resamples=NUM))
    assert 'What else differs' in text and 'shot_fusion()' in text


def test_files_that_are_no_reports():
    former = report_of() | dict(protocol='p', versions=dict(fss_mm='0.1'))
    with pytest.raises(ValueError, match=r"old.json .* former version \(0.1\): .*'p'"):
        check_report(former, 'old.json')
    former.pop('interval')
    with pytest.raises(ValueError, match='Test again with this version'):
        compare_reports(report_of(), former)
    with pytest.raises(ValueError, match='x.json is no report of fss-mm test'):
        check_report(dict(mean=1), 'x.json')


def test_text_of_a_comparison():
    found = compare_reports(report_of(2), report_of(6), num_resamples=NUM)
    text = format_comparison(found, ('a.json', 'b.json'))
    assert text.startswith('A: a.json\nB: b.json\n\nCOMPARABLE')
    rows = [line for line in text.splitlines() if line.startswith('| ')]
    cells = [[cell.strip() for cell in row.strip('|').split('|')] for row in rows]
    assert cells[0][:5] == ['', 'A', 'B', 'B - A', '95 % interval']
    assert [row[0] for row in cells[1:]] == ['ant', 'bee', 'mIoU', 'FBIoU']
    assert cells[3][3] == '+33.33' and cells[3][5] == '*', '4 of 12 pixels'
    assert 'marks the 4 of 4 intervals' in text
