"""The mask table's cache: the rows of each mask, with the file they were read from.

It lies beside the data, or in the user's cache folder where that is read-only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..utils.file_lock import one_at_a_time
from ..utils.files import write_atomically
from .mask_values import Counted

_VERSION = 4


@dataclass(frozen=True)
class Cached:
    """What is known of a folder's masks.

    Args:
        files (list[str]): Paths under the folder, in the order of the table.
        stats (np.ndarray): (N, 2) int64: size in bytes and time of change in
            nanoseconds; -1 where the file could not be read.
        mask_ids (np.ndarray): (R,) int64, positions in ``files``, sorted.
        rows (np.ndarray): (R, 4) int64, as in ``MaskTable``.
        lossy (np.ndarray): (N,) bool, which files are JPEGs.
    """

    files: list[str]
    stats: np.ndarray
    mask_ids: np.ndarray
    rows: np.ndarray
    lossy: np.ndarray

    @classmethod
    def of(
        cls, files: list[str], stats: np.ndarray, counts: Mapping[str, Counted]
    ) -> Cached:
        """What is counted, in the order of the files."""
        none = Counted(np.empty((0, 4), dtype=np.int64), False)
        found = [counts.get(file, none) for file in files]
        mask_ids = np.repeat(np.arange(len(files)), [len(one.rows) for one in found])
        rows = np.concatenate([none.rows, *(one.rows for one in found)])
        lossy = np.array([one.is_lossy for one in found], dtype=bool)
        return cls(files, stats, mask_ids, rows, lossy)

    def is_of(self, files: list[str], stats: np.ndarray) -> bool:
        """Whether these are the very files that were read."""
        return self.files == files and np.array_equal(self.stats, stats)

    def unchanged(self, files: list[str], stats: np.ndarray) -> dict[str, Counted]:
        """What is counted in the files that are as they were."""
        starts = np.searchsorted(self.mask_ids, np.arange(len(self.files) + 1))
        known = {
            file: (tuple(stat), slice(start, stop), lossy)
            for file, stat, start, stop, lossy in zip(
                self.files,
                self.stats.tolist(),
                starts[:-1],
                starts[1:],
                self.lossy.tolist(),
            )
        }
        return {
            file: Counted(self.rows[known[file][1]], known[file][2])
            for file, stat in zip(files, stats.tolist())
            if file in known and known[file][0] == tuple(stat)
        }


def cache_paths(mask_dir: Path, kind: str = 'class_index') -> list[Path]:
    """Beside the data, and in the user's cache folder where that is read-only.

    Args:
        mask_dir (Path): The masks.
        kind (str): What is counted. Defaults to 'class_index': their values.
    """
    mask_dir = mask_dir.resolve()
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    key = hashlib.sha256(str(mask_dir).encode()).hexdigest()[:16]
    name = f'{mask_dir.name}.{kind}.npz'
    return [mask_dir.parent / name, Path(home) / 'fss_mm' / key / name]


def lock_paths(mask_dir: Path) -> list[Path]:
    """The lock lies beside the cache."""
    return [path.with_name(f'.{path.name}.lock') for path in cache_paths(mask_dir)]


def locked(mask_dir: Path) -> AbstractContextManager[bool]:
    """Let one process of a machine at a time look for what the cache does not know.

    It yields whether the others wait; they do not where nothing can be written.
    """
    return one_at_a_time(lock_paths(mask_dir))


def read_caches(mask_dir: Path, kind: str = 'class_index') -> Iterator[Cached]:
    """What is known of a folder's masks, in any place; each is read when asked for.

    A cache beside the data may be older than the one in the user's cache folder, if
    the data have become read-only.
    """
    for path in cache_paths(mask_dir, kind):
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data['version']) != _VERSION:
                    continue
                files = data['files'].tolist()
                arrays = (data[key] for key in ('stats', 'mask_ids', 'rows', 'lossy'))
                known = Cached(files, *arrays)
        except Exception:  # absent, foreign or damaged in any way
            continue  # the masks are the truth
        yield known


def write_cache(mask_dir: Path, known: Cached, kind: str = 'class_index') -> None:
    """Write what is known, where that is possible."""
    arrays = dict(
        version=_VERSION,
        files=np.array(known.files, dtype=np.str_),
        stats=known.stats,
        mask_ids=known.mask_ids,
        rows=known.rows,
        lossy=known.lossy,
    )
    for path in cache_paths(mask_dir, kind):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file: np.savez_compressed(file, **arrays))
            return
        except OSError:
            continue  # read-only or full: try the next place, else do without a cache
