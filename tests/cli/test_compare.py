"""tools/analysis_tools/compare_reports.py, as a user types it."""

import json
import runpy
import sys

import pytest

from fss_mm.evaluation.report import write_report
from tests.conftest import ROOT
from tests.evaluation.records import report_of

TOOL = str(ROOT / 'tools/analysis_tools/compare_reports.py')


@pytest.fixture
def compare(tmp_path, monkeypatch, capsys):
    """Run the tool on files; gives its exit code, output and errors."""

    def start(*arguments):
        monkeypatch.setattr(sys, 'argv', [TOOL, *map(str, arguments)])
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(TOOL, run_name='__main__')
        captured = capsys.readouterr()
        return int(stop.value.code), captured.out, captured.err

    for name, report in dict(
        a=report_of(2), b=report_of(6), c=report_of(fold=3)
    ).items():
        write_report(tmp_path / f'{name}.json', report)
    return start


def test_comparable_reports(compare, tmp_path):
    code, text, _ = compare('a.json', 'b.json', '--json', 'sub/c.json')
    assert code == 0 and 'COMPARABLE: the same episodes' in text and '+33.33' in text
    written = json.loads((tmp_path / 'sub/c.json').read_text())
    assert written['comparable'] and written['reports'] == ['a.json', 'b.json']
    assert written['scores']['mIoU']['difference'] == pytest.approx(100 / 3)
    assert written['scores']['mIoU']['lower'] > 0


def test_reasons_and_exit_code(compare, tmp_path):
    code, text, _ = compare('a.json', 'c.json', '--json', 'c2.json')
    assert code == 1 and 'NOT COMPARABLE' in text and '| fold | 0   | 3   |' in text
    written = json.loads((tmp_path / 'c2.json').read_text())
    assert written['obstacles'] == dict(fold=[0, 3]) and written['scores'] == {}


def test_files_that_cannot_be_compared(compare, tmp_path):
    old = report_of() | dict(protocol='p')
    old.pop('interval')
    (tmp_path / 'old.json').write_text(json.dumps(old))
    (tmp_path / 'text.json').write_text('mIoU 50')
    (tmp_path / 'list.json').write_text('[]')
    for name, message in dict(
        old='is a report of a former version',
        text='is no JSON file',
        list='is no report of fss-mm test',
        none='No such file',
    ).items():
        code, text, errors = compare('a.json', f'{name}.json')
        assert code == 2 and message in errors and f'{name}.json' in errors, name
