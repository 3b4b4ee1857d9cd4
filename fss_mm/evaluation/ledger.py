"""A CSV file with one line for each report: what was measured, over the months."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from .scores import held_out_classes

COLUMNS = (
    'time',
    'config',
    'checkpoint',
    'checkpoint_hash',
    'protocol',
    'deviations',
    'data_set',
    'fold',
    'held_out',
    'shots',
    'seeds',
    'episodes_per_seed',
    'mIoU',
    'mIoU_std',
    'mIoU_lower',
    'mIoU_upper',
    'FBIoU',
    'episodes_sha256',
    'resolution',
    'untrained',
    'identical_inputs',
    'strategies',
    'cfg_options',
    'fss_mm',
    'report',
)


def ledger_row(report: Mapping, path: str | Path, time: datetime) -> list[str]:
    """A report's cells, in the order of :data:`COLUMNS`.

    Args:
        report (Mapping): Of :func:`.report.build_report`.
        path (str | Path): Where it was written.
        time (datetime): With a time zone; it is given in UTC.
    """
    mean, interval, known = report['mean'], report['interval'], report['provenance']
    protocol = report['protocol']
    cells = dict(
        time=time.astimezone(timezone.utc).isoformat(timespec='seconds'),
        config=known.get('config'),
        checkpoint=known.get('checkpoint'),
        checkpoint_hash=_checkpoint_hash(known.get('hashes') or {}),
        protocol=protocol['name'],
        deviations=protocol.get('deviations'),
        data_set=report['data'].get('dataset'),
        fold=report['fold'],
        held_out=held_out_classes(report),
        shots=report['num_shots'],
        seeds=report['seeds'],
        episodes_per_seed=report['num_episodes'],
        mIoU=mean['mIoU'],
        mIoU_std=mean.get('mIoU_std'),
        mIoU_lower=interval['lower']['mIoU'],
        mIoU_upper=interval['upper']['mIoU'],
        FBIoU=mean['FBIoU'],
        episodes_sha256=report['episodes_sha256'],
        resolution=report['resolution'],
        **{key: known.get(key) for key in COLUMNS[-6:-2]},
        fss_mm=report['versions']['fss_mm'],
        report=path,
    )
    return [_cell(cells[column]) for column in COLUMNS]


def append_to_ledger(path: str | Path, row: Sequence[str]) -> None:
    """Append a line, below a header where the file is new.

    The line is written at once, at the end of the file wherever that is by then, so
    that runs side by side do not mix.

    Raises:
        ValueError: If the file has another header; it is left as it is.
        OSError: If the line cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as handle:
        header = _csv_line(COLUMNS)
        start = _beginning(handle, path, header)
        content = f'{start}{_csv_line(row)}'.encode()
        written = os.write(handle, content)
        if written < len(content):
            raise OSError(
                f'ledger {str(path)!r}: only {written} of {len(content)} bytes were '
                'written; is the disk full?'
            )


def _beginning(handle: int, path: Path, header: str) -> str:
    """What goes before the line: a header, a line's missing end, or nothing."""
    size = os.fstat(handle).st_size
    if size == 0:
        return header
    found = os.pread(handle, len(header.encode()), 0).decode(errors='replace')
    if found != header:
        first = found.splitlines()[0] if found.splitlines() else ''
        raise ValueError(
            f'ledger {str(path)!r} begins with {first!r}, expected '
            f'{header.strip()!r}; nothing was added. Give another file, or move this '
            'one away'
        )
    return '' if os.pread(handle, 1, size - 1) == b'\n' else '\n'


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The open file. The lock keeps two new runs from writing two headers."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        # where there are no locks the single write still keeps lines whole
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerow(cells)
    return text.getvalue()


def _checkpoint_hash(hashes: Mapping[str, str]) -> str | None:
    return next(
        (h for name, h in hashes.items() if name.startswith('checkpoint')), None
    )


def _cell(value: object) -> str:
    if value is None:
        return ''
    if isinstance(value, float):
        return f'{value:.4f}'
    if isinstance(value, (list, tuple)):
        return '; '.join(map(str, value))
    return ' '.join(str(value).split('\n'))  # a row is one line, whatever it holds
