"""Results of many images in one file: a tar shard, or Parquet with run lengths.

A pack appears whole or not at all. It holds every image that it was made of, also those
that cannot be used, with the reason, so that it alone says what was done.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from ..utils.extras import require
from ..utils.files import write_atomically
from .pictures import UnreadablePicture
from .read_ahead import read_ahead
from .results import SegmentedImage
from .writers import SUFFIXES, encoded, rle, stem_of

PACKS = ('tar', 'parquet')
SKIPPED = '.skipped.txt'  # of a member of a tar, with the name and the reason
_GROUP = 500  # rows of Parquet that are in memory
Result = SegmentedImage | UnreadablePicture
Content = tuple[int, dict[str, str]]  # images segmented; name of a skipped one to why


def write_pack(
    path: Path,
    results: Iterable[tuple[str, Result]],
    kinds: Sequence[str],
    workers: int = 2,
) -> Content:
    """Write results, as they come, into one file.

    Args:
        path (Path): Its suffix says which pack it is; a former one is replaced.
        results (Iterable[tuple[str, Result]]): Name of an image, and what came of it.
        kinds (Sequence[str]): Of a tar: as in :class:`~.writers.ResultWriter`.
        workers (int): Threads that encode. Defaults to 2.

    Returns:
        tuple[int, dict[str, str]]: How many were segmented, and those that were not.

    Raises:
        ImportError: If it is Parquet, and pyarrow is not installed.
        OSError: If it cannot be written; there is no file then.
    """
    count, skipped = 0, {}

    def noted() -> Iterator[tuple[str, Result]]:
        nonlocal count
        for name, result in results:
            if isinstance(result, UnreadablePicture):
                skipped[result.name] = result.reason
            else:
                count += 1
            yield name, result

    if path.suffix == '.tar':
        encode, fill = partial(_members, kinds=kinds), _fill_tar
    else:
        require('pyarrow', extra='ray')
        encode, fill = _row, _fill_parquet
    records = read_ahead(lambda one: encode(*one), noted(), workers)
    write_atomically(path, lambda file: fill(file, records))
    return count, skipped


def read_pack(path: Path) -> Content:
    """What a pack holds.

    Returns:
        tuple[int, dict[str, str]]: As in :func:`write_pack`.
    """
    return _content_of_tar(path) if path.suffix == '.tar' else _content_of_parquet(path)


def _members(name: str, result: Result, kinds: Sequence[str]) -> dict[str, bytes]:
    stem = stem_of(name)
    if isinstance(result, UnreadablePicture):
        return {f'{stem}{SKIPPED}': f'{result.name}\n{result.reason}'.encode()}
    return {f'{stem}{end}': text for end, text in encoded(result, kinds).items()}


def _fill_tar(file: IO[bytes], images: Iterable[dict[str, bytes]]) -> None:
    with tarfile.open(fileobj=file, mode='w|') as tar:
        for members in images:
            for name, content in members.items():
                _add(tar, name, content)


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
                subject, _, reason = text.partition('\n')
                skipped[subject] = reason
            else:
                stems.add(_stem_of_member(member.name))
    return len(stems), skipped


def _stem_of_member(name: str) -> str:
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
            skipped=pa.string(),  # null, or why it cannot be used
        )
    )


def _fill_parquet(file: IO[bytes], records: Iterable[dict]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema, rows = _schema(), []
    with ParquetWriter(file, schema) as writer:
        for record in records:
            rows.append(record)
            if len(rows) == _GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _row(name: str, result: Result) -> dict:
    if isinstance(result, UnreadablePicture):
        return dict(name=result.name, skipped=result.reason)
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

    rows = read_table(path, columns=['name', 'skipped']).to_pylist()
    skipped = {r['name']: r['skipped'] for r in rows if r['skipped'] is not None}
    return len(rows) - len(skipped), skipped
