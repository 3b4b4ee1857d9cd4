"""Empty masks, counted by hand."""

import pytest

from fss_mm.evaluation import FewShotIoUMetric, few_shot_iou_metric
from fss_mm.evaluation.comparability import remarks
from fss_mm.evaluation.empty_masks import (
    MaskCounts,
    count_masks,
    describe_empty_masks,
    empty_masks,
    shown_pixels,
)
from fss_mm.evaluation.report import build_report
from fss_mm.evaluation.report_text import format_report
from tests.evaluation.records import META, RECORDS, report_of

CLASSES = ('ant', 'bee', 'cow')


def masks(class_id, supports, query=9, size='8 x 8'):
    return dict(
        class_id=class_id, support_pixels=supports, query_pixels=query,
        support_size=size,
    )  # fmt: skip


EPISODES = [
    masks(1, [0, 0]), masks(1, [0, 3]), masks(1, [5, 3], query=0),
    masks(2, [5, 3]), masks(3, [2, 1], query=0), dict(class_id=2),
]  # fmt: skip


def test_counts_by_class():
    counts = count_masks(EPISODES, CLASSES)
    assert counts['ant'] == MaskCounts(3, 1, 6, 3, 1, {'8 x 8'})
    assert counts['bee'] == MaskCounts(2, 0, 2, 0, 0, {'8 x 8'}), 'one does not tell'
    assert empty_masks(EPISODES, CLASSES) == dict(
        supports=dict(ant=3), queries=dict(ant=1, cow=1)
    )


def test_counts_of_parts_are_those_of_all():
    whole, parts = MaskCounts(), [MaskCounts(), MaskCounts()]
    for i, episode in enumerate(EPISODES):
        whole.add(episode)
        parts[i % 2].add(episode)
    parts[0].merge(parts[1])
    assert parts[0] == whole


def test_one_line_for_all_classes():
    text = describe_empty_masks(count_masks(EPISODES, CLASSES))
    assert text.startswith(
        "Masks without a pixel of their class: 'ant': 3 of 6 supports at 8 x 8 (all in "
        "1 of 3 episodes), 1 of 3 queries; 'cow': 1 of 1 queries. Such masks neither "
    )
    one = describe_empty_masks(count_masks([masks(1, [0]), masks(1, [4])], CLASSES))
    assert ": 'ant': 1 of 2 supports at 8 x 8. Such" in one
    assert describe_empty_masks(count_masks([masks(1, [4])], CLASSES)) == ''
    many = {f'c{i:02}': count_masks([masks(1, [0])], CLASSES)['ant'] for i in range(12)}
    assert "'c09': 1 of 1 supports at 8 x 8 and 2 more." in describe_empty_masks(many)


def test_what_a_record_says():
    sample = dict(support_class_pixels=(0, 7), support_img_shapes=((4, 6), (4, 6)))
    assert shown_pixels(sample, 5) == dict(
        query_pixels=5, support_pixels=[0, 7], support_size='4 x 6'
    )
    assert shown_pixels({}, None) == dict(query_pixels=None), 'of another data set'


def test_the_metric_warns_of_each_class_once(monkeypatch):
    said = []
    monkeypatch.setattr(
        few_shot_iou_metric, 'print_log', lambda text, *rest: said.append(text)
    )
    metric = FewShotIoUMetric()
    metric.dataset_meta = META
    records = [r | masks(r['class_id'], [r['class_id'] - 1]) for r in RECORDS]
    for _ in range(2):
        metric.compute_metrics(records)
    assert [line.split('. ')[0] for line in said] == [
        "Masks without a pixel of their class: 'ant': 2 of 2 supports at 8 x 8"
    ]


def test_report_and_comparison():
    report = build_report([r | masks(r['class_id'], [0]) for r in RECORDS], META)
    assert report['empty_masks'] == dict(supports=dict(ant=2, bee=2), queries={})
    text = format_report(report)
    assert text.index("class: 'ant': 2 of 2 supports") < text.index('## Protocol')
    assert report_of()['empty_masks'] == dict(supports={}, queries={})
    assert 'Masks without' not in format_report(report_of())
    old = report_of()
    del old['empty_masks']  # of a former version
    assert remarks(old, report)['empty supports'] == (0, 4)
    assert 'empty supports' not in remarks(old, report_of())


@pytest.mark.parametrize('pixels', [[], None])
def test_episodes_that_do_not_tell(pixels):
    counts = MaskCounts()
    counts.add(dict(support_pixels=pixels, query_pixels=None))
    assert counts == MaskCounts(episodes=1) and counts.describe() == ''
