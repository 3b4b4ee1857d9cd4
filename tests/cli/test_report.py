"""fss-mm report and fss-mm plot, as a user types them."""

import json
import re

import pytest

from fss_mm.apis.report_page import report_page
from fss_mm.evaluation.report import plain
from fss_mm_cli.short_names import short_names
from tests.evaluation.records import report_of


@pytest.fixture
def reports(tmp_path):
    """Two reports as files."""
    paths = []
    for name, iou in (('a', 5), ('b', 4)):
        path = tmp_path / f'{name}.json'
        path.write_text(json.dumps(plain(report_of(iou))))
        paths.append(path)
    return paths


def embedded(page):
    text = re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1)
    return json.loads(text)


def test_a_page_of_two_reports(call, reports, tmp_path):
    code, output, _ = call('report', *map(str, reports), '--html', f'{tmp_path}/x.html')
    page = (tmp_path / 'x.html').read_text()
    assert code == 0 and output.strip() == f'{tmp_path}/x.html'
    data = embedded(page)
    assert data['names'] == ['a', 'b'] and len(data['episodes']) == 24
    first = data['episodes'][0]
    # 5 of 12 pixels and 4 of 12
    assert first['class'] == 'ant' and first['ious'] == [41.7, 33.3]
    assert 'b - a' in page and 'mIoU' in page
    assert not re.search(r'(src|href)="?https?:', page), 'nothing is fetched'


def test_pictures_and_what_is_there(call, reports, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/0_00003_bee.png').write_bytes(b'png')
    words = 'report', str(reports[0]), '--pictures', f'{tmp_path}/out'
    assert call(*words)[0] == 0
    page = tmp_path / 'a.html'
    assert embedded(page.read_text())['pictures'] == {'0.3': 'cG5n'}
    code, _, errors = call(*words)
    assert code == 2 and 'a.html is there' in errors
    assert call(*words, '--overwrite')[0] == 0
    code, _, errors = call(*words[:3], str(reports[0].parent), '--overwrite')
    assert code == 2 and 'no pictures of episodes' in errors


def test_reports_that_cannot_be_compared():
    other = report_of(4, num_shots=5)
    page = report_page({'one': report_of(), 'five': other})
    assert 'Not comparable: they differ in' in page and 'shots' in page


def test_names_are_text():
    report = report_of(classes=('</script><b>', 'bee'))
    page = report_page({'<i>': report})
    assert '</script><b>' not in page and '<i>' not in page
    assert embedded(page)['episodes'][0]['class'] == '</script><b>'


def test_what_is_no_report(call, tmp_path):
    (tmp_path / 'x.json').write_text('{}')
    code, _, errors = call('report', f'{tmp_path}/x.json')
    assert code == 2 and 'is no report' in errors and errors.count('\n') == 1


def test_curves(call, tmp_path):
    folder = tmp_path / 'run/20260101/vis_data'
    folder.mkdir(parents=True)
    rows = [
        dict(loss=0.5, step=1),
        {'loss': 0.4, 'query.loss_ce': 0.2, 'step': 2},
        dict(mIoU=12.5, step=2),
    ]
    text = '\n'.join(map(json.dumps, rows)) + '\n{"loss": 0.'  # it was killed
    (folder / 'scalars.json').write_text(text)
    out = tmp_path / 'curves.png'
    code, output, _ = call('plot', f'{tmp_path}/run', '--out', str(out))
    assert code == 0 and 'run: best mIoU of validation 12.5 at 2' in output
    assert out.read_bytes()[:4] == b'\x89PNG'
    for words, told in (
        (['--out', str(out)], 'is there'),
        (['--overwrite', '--out', str(out), '--loss', 'los'], "loss='los' was not"),
    ):
        code, _, errors = call('plot', f'{tmp_path}/run', *words)
        assert code == 2 and told in errors
    code, _, errors = call('plot', str(tmp_path), '--out', f'{tmp_path}/y.png')
    assert code == 2 and 'no scalars of a training' in errors


@pytest.mark.parametrize(
    'paths, names',
    [
        (['x/out.json'], ['out']),
        (['a.json', 'b.json'], ['a', 'b']),
        (['r/a/f0/o.json', 'r/b/f0/o.json'], ['a', 'b']),
        (['r/a/f0', 'r/b/f1'], ['a/f0', 'b/f1']),
        (['r/o.json', 'r/s/o.json'], ['o', 's/o']),
        (['r/a.json', 'r/a.py'], ['r/a.json', 'r/a.py']),
        (['r/a.json', 'r/a.txt'], ['a', 'a.txt']),
        (['run.v2'], ['run.v2']),
    ],
)
def test_short_names_tell_apart(paths, names):
    assert short_names(paths) == dict(zip(names, paths))
    with pytest.raises(ValueError, match='is named twice'):
        short_names([*paths, paths[0]])


def test_the_folder_one_stands_in_has_its_own_name(tmp_path, monkeypatch):
    folder = tmp_path / 'simprop_fold0'
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert short_names(['.']) == {'simprop_fold0': '.'}
