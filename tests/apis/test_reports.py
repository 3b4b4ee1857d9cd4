"""What is written behind a test, and what is lost where it cannot be."""

import json
from types import SimpleNamespace

import pytest

from fss_mm.apis import reports as module
from fss_mm.apis.reports import few_shot_metric, write_reports
from fss_mm.engine import LabelStoppedTestLoop
from fss_mm.evaluation import FewShotIoUMetric, JointTestMetric
from tests.evaluation.records import META, RECORDS


@pytest.fixture
def told(monkeypatch):
    """What is printed."""
    lines = []
    monkeypatch.setattr(module, 'print_log', lambda text, *rest: lines.append(text))
    monkeypatch.setattr(
        module,
        'describe_test',
        lambda data, sampler, metric, rules, training: dict(rules),
    )
    return lines


def loop(metric=None, kind=SimpleNamespace):
    """A loop behind a run that gave RECORDS."""
    metric = metric or FewShotIoUMetric()
    metric.records = RECORDS
    it = kind.__new__(kind)
    it.evaluator = SimpleNamespace(metrics=[metric])
    it.dataloader = SimpleNamespace(
        dataset=SimpleNamespace(metainfo=META),
        sampler=SimpleNamespace(identical_inputs=False),
    )
    return it


def joint_loop(*names):
    """Two tests that gave RECORDS, of six different tasks in all."""
    metric = JointTestMetric({name: dict(type='FewShotIoUMetric') for name in names})
    it = loop(metric)
    for own in metric.metrics.values():
        own.records = RECORDS
    parts = it.dataloader.dataset, it.dataloader.sampler
    it.dataloader = SimpleNamespace(
        dataset=SimpleNamespace(datasets=dict.fromkeys(names, parts[0])),
        sampler=SimpleNamespace(
            samplers=dict.fromkeys(names, parts[1]), episodes=range(6)
        ),
    )
    return it


def test_a_report_and_a_line_for_each_run(told, tmp_path):
    path, tests = tmp_path / 'r.json', dict(q=dict(name='q', deviations=['fewer']))
    for _ in range(2):
        write_reports(loop(), tests, dict(config='c.py'), path)
    report = json.loads(path.read_text())
    assert report['protocol'] == dict(name='q', deviations=['fewer'])
    assert report['provenance'] == dict(config='c.py', identical_inputs=False)
    assert report['mean']['mIoU'] == pytest.approx(50)
    lines = (tmp_path / 'ledger.csv').read_text().splitlines()
    assert len(lines) == 3 and ',q,fewer,' in lines[2]
    assert f'report: {path}' in told[0] and len(told) == 2


def test_passes_chosen_by_labels_are_told(told, tmp_path):
    it = loop(kind=LabelStoppedTestLoop)
    it.chosen_passes = 3
    write_reports(it, {}, {}, tmp_path / 'r.json')
    provenance = json.loads((tmp_path / 'r.json').read_text())['provenance']
    assert provenance == dict(identical_inputs=False, label_stopped_passes=3)
    assert 'PASSES CHOSEN BY THE LABELS' in told[0]


def test_several_tests_and_their_table(told, tmp_path):
    rules = dict(a=dict(name='a', deviations=[]), b=dict(name='b', deviations=['x']))
    write_reports(joint_loop('a', 'b'), rules, {}, tmp_path / 'r.json')
    for name in 'ab':
        report = json.loads((tmp_path / f'r_{name}.json').read_text())
        assert report['protocol']['name'] == name
    text = (tmp_path / 'r.md').read_text()
    assert '8 episodes in all, of which 6 are different' in text
    assert '| b * ' in text and text.strip() in told[-1]
    assert not (tmp_path / 'r.json').exists()


def test_scores_are_printed_before_a_report_fails(told, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError):
        write_reports(loop(), {}, {}, tmp_path / 'file' / 'r.json')
    assert 'mIoU 50.00' in told[0]


@pytest.mark.parametrize('folder', [False, True])
def test_a_ledger_that_cannot_be_written_loses_nothing(folder, told, tmp_path):
    path, ledger = tmp_path / 'r.json', tmp_path / 'ledger.csv'
    if folder:
        ledger.mkdir()
    else:
        ledger.write_text('mine\n')
    write_reports(loop(), {}, {}, path)
    assert path.is_file() and path.with_suffix('.md').is_file()
    assert told[1].startswith('no line in the ledger: ')
    assert folder or ("'mine'" in told[1] and ledger.read_text() == 'mine\n')


def test_one_metric_is_reported():
    it, own = loop(), object()
    it.evaluator.metrics.insert(0, own)
    assert few_shot_metric(it) is it.evaluator.metrics[1]
    it.evaluator.metrics = [own]
    with pytest.raises(ValueError, match='has 0 FewShotIoUMetric, expected one'):
        few_shot_metric(it)


def test_nothing_of_a_users_is_replaced(tmp_path):
    from fss_mm.apis.reports import require_places

    def refused(name, error, text, names=(), show_dir=None):
        with pytest.raises(error, match=text):
            require_places(tmp_path / name, names, show_dir)

    (tmp_path / 'notes.md').write_text('mine')
    (tmp_path / 'a.py').write_text('mine')
    (tmp_path / 'folder').mkdir()
    refused('a.py', FileExistsError, 'a.py.* is there, and is no report')
    refused('notes.json', FileExistsError, 'notes.md.* is there, and is no report')
    refused('folder', IsADirectoryError, 'is a folder; give a file')
    refused('r.md', ValueError, 'call it .json')
    refused('b.json', NotADirectoryError, 'is a file', show_dir=str(tmp_path / 'a.py'))
    (tmp_path / 'r_bam.json').write_text('[]')
    refused('r.json', FileExistsError, 'r_bam.json', names=('bam', 'hsnet'))
    require_places(tmp_path / 'r.json', ('bam',), str(tmp_path / 'folder'))
    (tmp_path / 'r.json').write_text('{"protocol": 1, "provenance": 2}')
    (tmp_path / 'r.md').write_text('its text')
    require_places(tmp_path / 'r.json', (), str(tmp_path / 'new'))
