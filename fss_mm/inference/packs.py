"""Results of many images in one file: a tar shard, or Parquet with run lengths.

A pack appears whole or not at all. It holds every image that it was made of, also those
that cannot be used, with the reason, so that it alone says what was done.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from ..utils.extras import require
from ..utils.files import write_atomically
from .pictures import UnreadablePicture
from .results import SegmentedImage
from .writers import encoded, rle, stem_of

PACKS = ('tar', 'parquet')
SKIPPED = '.skipped.txt'  # of a member of a tar, with the name and the reason
_GROUP = 500  # rows of Parquet that are in memory
Result = SegmentedImage | UnreadablePicture
Content = tuple[int, dict[str, str]]  # images segmented; name of a skipped one to why


def write_pack(
    path: Path, results: Iterable[tuple[str, Result]], kinds: Sequence[str]
) -> Content:
    """Write results, as they come, into one file.

    Args:
        path (Path): Its suffix says which pack it is; a former one is replaced.
        results (Iterable[tuple[str, Result]]): Name of an image, and what came of it.
        kinds (Sequence[str]): Of a tar: as in :class:`~.writers.ResultWriter`.

    Returns:
        tuple[int, dict[str, str]]: How many were segmented, and those that were not.

    Raises:
        ImportError: If it is Parquet, and pyarrow is not installed.
        OSError: If it cannot be written; there is no file then.
    """
    counted: list[str] = []
    skipped: dict[str, str] = {}

    def noted() -> Iterator[tuple[str, Result]]:
        for name, result in results:
            if isinstance(result, UnreadablePicture):
                subject, _, reason = str(result).partition(': ')
                skipped[subject] = reason
            else:
                counted.append(name)
            yield name, result

    if path.suffix == '.tar':
        write_atomically(path, lambda file: _fill_tar(file, noted(), kinds))
    else:
        require('pyarrow', extra='ray')
        write_atomically(path, lambda file: _fill_parquet(file, noted()))
    return len(counted), skipped


def read_pack(path: Path) -> Content:
    """What a pack holds.

    Returns:
        tuple[int, dict[str, str]]: As in :func:`write_pack`.
    """
    return _content_of_tar(path) if path.suffix == '.tar' else _content_of_parquet(path)


def _fill_tar(file: IO[bytes], results, kinds: Sequence[str]) -> None:
    with tarfile.open(fileobj=file, mode='w|') as tar:
        for name, result in results:
            if isinstance(result, UnreadablePicture):
                _add(tar, f'{stem_of(name)}{SKIPPED}', str(result).encode())
                continue
            for suffix, content in encoded(result, kinds).items():
                _add(tar, f'{stem_of(name)}{suffix}', content)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _content_of_tar(path: Path) -> Content:
    stems, skipped = set(), {}
    with tarfile.open(path) as tar:
        for member in tar:
            if member.name.endswith(SKIPPED):
                text = tar.extractfile(member).read().decode()
                subject, _, reason = text.partition(': ')
                skipped[subject] = reason
            else:
                stems.add(_stem_of_member(member.name))
    return len(stems), skipped


def _stem_of_member(name: str) -> str:
    from .writers import SUFFIXES

    longest = sorted(SUFFIXES.values(), key=len, reverse=True)
    suffix = next(suffix for suffix in longest if name.endswith(suffix))
    return name.removesuffix(suffix)


def _schema():
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        dict(
            name=pa.string(),
            height=pa.int32(),
            width=pa.int32(),
            classes=texts,  # those that were found
            scores=pa.list_(pa.float32()),
            counts=texts,  # COCO's compressed run lengths of (height, width)
            skipped=pa.string(),  # null, or the image and why it cannot be used
        )
    )


def _fill_parquet(file: IO[bytes], results) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema, rows = _schema(), []
    with ParquetWriter(file, schema) as writer:
        for name, result in results:
            rows.append(_row(name, result))
            if len(rows) == _GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _row(name: str, result: Result) -> dict:
    if isinstance(result, UnreadablePicture):
        return dict(name=name, skipped=str(result))
    found = [one for one in result.classes if np.any(result.mask_of(one))]
    return dict(
        name=name,
        height=result.mask.shape[0],
        width=result.mask.shape[1],
        classes=found,
        scores=[result.scores[one] for one in found],
        counts=[rle(result.mask_of(one))['counts'] for one in found],
    )


def _content_of_parquet(path: Path) -> Content:
    require('pyarrow', extra='ray')
    from pyarrow.parquet import read_table

    column = read_table(path, columns=['skipped'])['skipped']
    lines = [line for line in column.to_pylist() if line is not None]
    skipped = {one: why for one, _, why in (line.partition(': ') for line in lines)}
    return len(column) - len(lines), skipped
