"""Counts and scores against values worked out by hand."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.evaluation import class_ious, episode_counts, foreground_background_iou
from fss_mm.evaluation.report import (
    build_report,
    episodes_sha256,
    format_table,
    mean_over_seeds,
    score,
    score_by_seed,
    write_report,
)


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


def record(seed, number, class_id, counts):
    return dict(
        seed=seed,
        number=number,
        class_id=class_id,
        query=f'q{number}',
        supports=['s'],
        resolution='original',
        counts=counts,
    )


RECORDS = [
    record(0, 0, 1, (1, 2, 1, 1)),
    record(0, 1, 2, (1, 4, 1, 1)),
    record(7, 0, 1, (3, 4, 1, 1)),
    record(7, 1, 2, (2, 4, 1, 1)),
]
META = dict(classes=('ant', 'bee'), protocol='p', fold=0, num_shots=1)


def test_mean_and_spread_over_seeds():
    scores = score_by_seed(RECORDS, META['classes'])
    assert scores[0]['mIoU'] == pytest.approx((50 + 25) / 2)
    assert scores[7]['mIoU'] == pytest.approx((75 + 50) / 2)
    mean = mean_over_seeds(scores)
    assert mean['mIoU'] == pytest.approx(50)
    assert mean['IoU_ant'] == pytest.approx(62.5)
    assert mean['mIoU_std'] == pytest.approx(25 / np.sqrt(2))
    assert 'mIoU_std' not in mean_over_seeds({0: score(RECORDS[:2], META['classes'])})


def test_episode_hash_tells_lists_apart():
    other = [dict(r) for r in RECORDS]
    assert episodes_sha256(other) == episodes_sha256(RECORDS)
    other[2]['supports'] = ['t']
    assert episodes_sha256(other) != episodes_sha256(RECORDS)
    other[2]['counts'] = (0, 0, 0, 0)
    assert episodes_sha256(RECORDS[:1]) == episodes_sha256(
        [record(0, 0, 1, (9, 9, 9, 9))]
    ), 'of what was asked, not of what was answered'


def test_report_reads_back(tmp_path):
    report = build_report(RECORDS, META, dict(checkpoint='c.pth'))
    write_report(tmp_path / 'sub' / 'r.json', report)
    read = json.loads((tmp_path / 'sub' / 'r.json').read_text())
    assert read == report
    assert read['seeds'] == [0, 7] and read['num_episodes'] == 2
    assert read['protocol'] == 'p' and read['provenance']['checkpoint'] == 'c.pth'
    table = (tmp_path / 'sub' / 'r.txt').read_text()
    for text in ('ant', '62.50', '17.68', 'protocol p', report['episodes_sha256']):
        assert text in table
    assert table == format_table(report) + '\n'


def test_report_without_numbers_is_still_json(tmp_path):
    report = build_report([record(0, 0, 1, (0, 0, 4, 4))], META)
    write_report(tmp_path / 'r.json', report)
    assert json.loads((tmp_path / 'r.json').read_text())['mean']['mIoU'] is None
    assert 'nan' in (tmp_path / 'r.txt').read_text()


def test_the_table_does_not_overwrite_the_report(tmp_path):
    with pytest.raises(ValueError, match='name a .json file'):
        write_report(tmp_path / 'r.txt', build_report(RECORDS, META))
