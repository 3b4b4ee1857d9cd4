"""The class index's cache: counts of each mask, with the file they were read from.

It lies beside the data, or in the user's cache folder where that is read-only.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from ..utils.files import write_atomically

_VERSION = 1

# size in bytes and time of change in nanoseconds
Stat = tuple[int, int]
Known = dict[str, tuple[Stat, dict[int, int]]]


def unchanged(known: Known, name: str, stat: Stat) -> bool:
    """Whether the cache holds this very file: same name, size and time of change."""
    return name in known and known[name][0] == stat


def _cache_paths(mask_dir: Path) -> list[Path]:
    """Beside the data, and in the user's cache folder where that is read-only."""
    mask_dir = mask_dir.resolve()
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    key = hashlib.sha256(str(mask_dir).encode()).hexdigest()[:16]
    name = f'{mask_dir.name}.class_index.npz'
    return [mask_dir.parent / name, Path(home) / 'fss_mm' / key / name]


def read_cache(mask_dir: Path) -> Known:
    """What is known of a folder's masks; nothing where the cache is not to be used."""
    for path in _cache_paths(mask_dir):
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data['version']) != _VERSION:
                    continue
                return _unpack(data)
        except Exception:  # absent, foreign or damaged in any way
            continue  # the masks are the truth
    return {}


def _unpack(data: dict[str, np.ndarray]) -> Known:
    counts: list[dict[int, int]] = [{} for _ in data['names']]
    for i, class_id, pixels in data['table'].tolist():
        counts[i][class_id] = pixels
    stats = map(tuple, data['stats'].tolist())
    return dict(zip(data['names'].tolist(), zip(stats, counts)))


def write_cache(mask_dir: Path, known: Known) -> None:
    """Write what is known, where that is possible."""
    rows = [
        (i, c, n)
        for i, (_, counts) in enumerate(known.values())
        for c, n in counts.items()
    ]
    arrays = dict(
        version=_VERSION,
        names=np.array(list(known), dtype=np.str_),
        stats=np.array([stat for stat, _ in known.values()], dtype=np.int64),
        table=np.array(rows, dtype=np.int64).reshape(-1, 3),
    )
    for path in _cache_paths(mask_dir):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file: np.savez_compressed(file, **arrays))
            return
        except OSError:
            continue  # read-only or full: try the next place, else do without a cache
