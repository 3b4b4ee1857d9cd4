"""Pixels of a class in images whose mask is of several files, one for each instance.

Instances may overlap, so the files' own counts do not add up: the masks are laid over
each other and counted once. Counts are cached like those of single files, for each way
of reading them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from .mask_reading import MaskReading, union
from .mask_table_cache import Cached, read_caches, write_cache
from .mask_values import GRID_OFFSET, GRID_STEP, Counted, mask_pixels, open_mask

Place = tuple[str, int]


def count_unions(
    mask_dir: Path, parts: Mapping[Place, Sequence[str]], reading: MaskReading
) -> tuple[dict[Place, tuple[int, int]], dict[str, str]]:
    """Count masks of several files each.

    Args:
        mask_dir (Path): Folder of the files.
        parts (Mapping[Place, Sequence[str]]): Files of each image and class, which can
            be decoded.
        reading (MaskReading): Of masks of one class.

    Returns:
        tuple[dict[Place, tuple[int, int]], dict[str, str]]: Pixels and those on OSLSM's
        grid of each that shows the class; and file to reason and remedy, of those that
        do not fit the others.
    """
    if not parts:
        return {}, {}
    keys = ['\n'.join(files) for files in parts.values()]
    stats = np.array([_stat(mask_dir, files) for files in parts.values()])
    kind = f'unions_{reading.digest}'
    counts: dict[str, Counted] = {}
    for known in read_caches(mask_dir, kind):
        counts |= known.unchanged(keys, stats)
    todo = [key for key in keys if key not in counts]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fresh = dict(zip(todo, pool.map(partial(_count, mask_dir, reading), todo)))
    good = {key: one for key, one in fresh.items() if not isinstance(one, str)}
    counts |= good
    if good:
        stats[[key not in counts for key in keys]] = -1
        write_cache(mask_dir, Cached.of(keys, stats, counts), kind)
    wrong = {key.partition('\n')[0]: fresh[key] for key in todo if key not in good}
    found = {}
    for place, key in zip(parts, keys):
        for _, pixels, on_grid, _ in counts[key].rows.tolist() if key in counts else ():
            found[place] = pixels, on_grid
    return found, wrong


def _count(mask_dir: Path, reading: MaskReading, key: str) -> Counted | str:
    """One row of the class, or none; or reason and remedy."""
    masks = []
    for file in key.split('\n'):
        pixels = mask_pixels(open_mask(mask_dir / file)[0])
        masks.append(reading.label_pixels(pixels))
    if len({mask.shape for mask in masks}) > 1:
        return 'not of the size of its other files; export all at the size of the image'
    shown = union(masks) == 1
    on_grid = shown[GRID_OFFSET::GRID_STEP, GRID_OFFSET::GRID_STEP].sum()
    row = [1, shown.sum(), on_grid, -1]
    return Counted(np.array([row] if row[1] else [], np.int64).reshape(-1, 4), False)


def _stat(mask_dir: Path, files: Sequence[str]) -> tuple[int, int]:
    """Size of all files, and a number that a change of any changes."""
    stats = [os.stat(mask_dir / file) for file in files]
    text = repr([(stat.st_size, stat.st_mtime_ns) for stat in stats])
    digest = hashlib.sha256(text.encode()).digest()
    return sum(stat.st_size for stat in stats), int.from_bytes(digest[:7], 'big')
