import json

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


def test_resolution_is_reported(tmp_path):
    path = tmp_path / 'r.json'
    metric = build(report=str(path))
    metric.process({}, [SAMPLES[0], sample(1, 2, [0] * 4, [1] * 4, ori_shape=(9, 9))])
    metric.evaluate(0)
    assert '"1 x 4",' in path.read_text() and '"original"' in path.read_text()


def test_absent_classes_are_told(monkeypatch):
    told = []
    monkeypatch.setattr(module, 'print_log', lambda text, *rest: told.append(text))
    metric = build()
    metric.dataset_meta = META | dict(episode_classes=(1, 2))
    metric.process({}, SAMPLES[:1])
    metric.evaluate(0)
    assert "seed 0 has no episode of ['bee']" in told[0]


def test_scores_are_printed_before_a_report_fails(monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(module, 'print_log', lambda text, *rest: told.append(text))
    (tmp_path / 'file').write_text('')
    metric = build(report=str(tmp_path / 'file' / 'r.json'))
    metric.process({}, SAMPLES)
    with pytest.raises(OSError):
        metric.evaluate(0)
    assert '62.50' in told[0]


def test_protocol_and_ledger(tmp_path):
    """The block goes into the report, and each report adds a line."""
    path, ledger = tmp_path / 'r.json', tmp_path / 'ledger.csv'
    protocol = dict(name='q', deviations=['fewer episodes'])
    for _ in range(2):
        metric = build(report=str(path), protocol=protocol, ledger=str(ledger))
        metric.process({}, SAMPLES)
        metric.evaluate(0)
    assert json.loads(path.read_text())['protocol'] == protocol
    lines = ledger.read_text().splitlines()
    assert len(lines) == 3 and ',q,fewer episodes,' in lines[2]
    with pytest.raises(ValueError, match='expected a dict'):
        build(protocol='q')


def test_a_ledger_that_cannot_be_written_loses_nothing(monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(module, 'print_log', lambda text, *rest: told.append(text))
    path, ledger = tmp_path / 'r.json', tmp_path / 'notes.csv'
    ledger.write_text('mine\n')
    for place in (ledger, tmp_path / 'notes.csv' / 'below a file'):
        metric = build(report=str(path), ledger=str(place))
        metric.process({}, SAMPLES)
        assert metric.evaluate(0)['mIoU'] == pytest.approx(62.5)
        assert path.is_file() and path.with_suffix('.md').is_file()
        path.unlink()
    assert ledger.read_text() == 'mine\n'
    assert 'no line in the ledger: ' in told[1] and "'mine'" in told[1]
    assert 'no line in the ledger: ' in told[3]


def test_no_interval_without_a_report(monkeypatch):
    """Validation has no use for it."""
    monkeypatch.setattr(module, 'build_report', None)
    metric = build(ledger='ledger.csv')
    metric.process({}, SAMPLES)
    assert set(metric.evaluate(0)) == {'mIoU', 'FBIoU', 'IoU_ant', 'IoU_bee'}


def test_nothing_to_score():
    with pytest.raises(ValueError, match='no episode was evaluated'):
        build().evaluate(0)
