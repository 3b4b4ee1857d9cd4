import csv
import multiprocessing
from datetime import datetime, timedelta, timezone

import pytest

from fss_mm.evaluation.ledger import COLUMNS, append_to_ledger, ledger_row

from .records import report_of

TIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2)))


def read(path):
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def test_row_by_hand(tmp_path):
    provenance = dict(
        config='c.py',
        checkpoint='w.pth',
        hashes=dict(images='x', checkpoint_sha256='ab'),
        strategies=['shot_fusion(max_shots=1)', 'test_scales=(0.75, 1.0)'],
    )
    protocol = dict(name='bam', deviations=['one', 'two, three'])
    report = report_of(provenance=provenance, protocol=protocol)
    path = tmp_path / 'sub' / 'ledger.csv'
    append_to_ledger(path, ledger_row(report, 'r.json', TIME))
    (row,) = read(path)
    assert list(row) == list(COLUMNS)
    expected = dict(
        time='2024-05-06T05:08:09+00:00',
        config='c.py',
        checkpoint='w.pth',
        checkpoint_hash='ab',
        protocol='bam',
        deviations='one; two, three',
        data_set='Insects',
        fold='0',
        shots='1',
        seeds='0; 1',
        episodes_per_seed='12',
        mIoU=f'{report["mean"]["mIoU"]:.4f}',
        mIoU_lower=f'{report["interval"]["lower"]["mIoU"]:.4f}',
        resolution='original',
        strategies='shot_fusion(max_shots=1); test_scales=(0.75, 1.0)',
        report='r.json',
    )
    assert {key: row[key] for key in expected} == expected


def test_lines_are_added(tmp_path):
    path = tmp_path / 'ledger.csv'
    report = report_of(seeds=(0,), provenance=dict(config='a\nb'))
    for name in ('r1', 'r2'):
        append_to_ledger(path, ledger_row(report, name, TIME))
    assert [row['report'] for row in read(path)] == ['r1', 'r2']
    assert len(path.read_text().splitlines()) == 3, 'a row is one line'
    assert read(path)[0]['config'] == 'a b' and read(path)[0]['mIoU_std'] == ''
    path.write_text(path.read_text() + 'cut off')
    append_to_ledger(path, ledger_row(report, 'r3', TIME))
    assert path.read_text().splitlines()[3] == 'cut off'
    assert read(path)[-1]['report'] == 'r3'


@pytest.mark.parametrize('content', ['time,mIoU\n1,2\n', '\n', 'x', b'\xff\xfe\x00'])
def test_other_files_are_left_alone(tmp_path, content):
    path = tmp_path / 'notes.csv'
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(content)
    with pytest.raises(ValueError, match='nothing was added. Give another file'):
        append_to_ledger(path, ledger_row(report_of(), 'r', TIME))
    assert path.read_bytes() == content


def test_a_ledger_of_former_columns_is_left_alone(tmp_path):
    path = tmp_path / 'ledger.csv'
    former = ','.join(COLUMNS).replace('strategies', 'wrappers')
    path.write_text(content := f'{former}\n{"x," * (len(COLUMNS) - 1)}x\n')
    with pytest.raises(ValueError, match='wrappers.* expected .*strategies'):
        append_to_ledger(path, ledger_row(report_of(), 'r', TIME))
    assert path.read_text() == content


def _append(path, name):
    row = [f'{name} {column}' for column in COLUMNS]
    for _ in range(20):
        append_to_ledger(path, row)


def test_parallel_runs_do_not_mix(tmp_path):
    path = tmp_path / 'ledger.csv'
    context = multiprocessing.get_context('fork')
    runs = [context.Process(target=_append, args=(path, n)) for n in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    rows = read(path)
    assert len(rows) == 80
    for row in rows:
        name = row['time'].split()[0]
        assert row == {column: f'{name} {column}' for column in COLUMNS}
