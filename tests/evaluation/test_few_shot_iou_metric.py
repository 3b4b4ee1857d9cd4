import pytest
import torch

from fss_mm.evaluation import FewShotIoUMetric
from fss_mm.evaluation import few_shot_iou_metric as module

META = dict(classes=('ant', 'bee'), protocol='p', fold=0, num_shots=1)


def sample(number, class_id, prediction, target, ori_shape=(1, 4)):
    def data(values):
        return dict(data=torch.tensor([[values]]))

    return dict(
        seed=0,
        number=number,
        class_id=class_id,
        query_name=f'q{number}',
        support_names=('s',),
        ori_shape=ori_shape,
        gt_sem_seg=data(target),
        pred_sem_seg=data(prediction),
    )


SAMPLES = [
    sample(0, 1, [1, 1, 0, 0], [1, 0, 0, 255]),
    sample(1, 2, [1, 1, 1, 1], [1, 1, 1, 0]),
    sample(2, 1, [0, 0, 0, 1], [0, 0, 1, 1]),
]


def build(**kwargs):
    metric = FewShotIoUMetric(**kwargs)
    metric.dataset_meta = META
    return metric


def test_scores_whatever_the_length_of_the_dataset():
    metric = build()
    metric.process({}, SAMPLES[:1])
    metric.process({}, SAMPLES[1:])
    scores = metric.evaluate(size=1)
    assert scores['IoU_ant'] == pytest.approx(100 * 2 / 4)
    assert scores['IoU_bee'] == pytest.approx(75)
    assert scores['mIoU'] == pytest.approx(62.5)
    assert metric.results == []


def test_no_episode_counts_twice(monkeypatch):
    """Slices of three processes, of unequal length and with one episode repeated."""
    expected = build()
    expected.process({}, SAMPLES)
    parts = []
    for slice_ in (SAMPLES[:1], SAMPLES[1:], SAMPLES[2:]):
        metric = build()
        metric.process({}, slice_)
        parts.append(metric.results)
    monkeypatch.setattr(module, 'all_gather_object', lambda results: parts)
    assert build().evaluate(0) == expected.evaluate(0)


def test_records_of_the_last_evaluation():
    metric = build()
    metric.process({}, [sample(1, 2, [0] * 4, [1] * 4, ori_shape=(9, 9)), SAMPLES[0]])
    metric.evaluate(0)
    assert [record['number'] for record in metric.records] == [0, 1]
    assert [r['resolution'] for r in metric.records] == ['original', '1 x 4']
    assert metric.records[0]['counts'] == (1, 2, 1, 2)
    metric.process({}, SAMPLES[2:])
    metric.evaluate(0)
    assert [record['number'] for record in metric.records] == [2]


def test_records_are_on_the_main_process(monkeypatch):
    metric = build()
    monkeypatch.setattr(module, 'is_main_process', lambda: False)
    monkeypatch.setattr(
        module, 'broadcast_object_list', lambda given: given.__setitem__(0, dict(a=1))
    )
    metric.process({}, SAMPLES)
    assert metric.evaluate(0) == dict(a=1) and metric.records == []


def test_absent_classes_are_told(monkeypatch):
    told = []
    monkeypatch.setattr(module, 'print_log', lambda text, *rest: told.append(text))
    metric = build()
    metric.dataset_meta = META | dict(episode_classes=(1, 2))
    metric.process({}, SAMPLES[:1])
    metric.evaluate(0)
    assert "seed 0 has no episode of ['bee']" in told[0]


def test_nothing_to_score():
    with pytest.raises(ValueError, match='no episode was evaluated'):
        build().evaluate(0)
