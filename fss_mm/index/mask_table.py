"""Pixels of each value in each mask of a folder: what the class index is made of.

The table is built once and cached. The cache is checked by a fingerprint of every file
(name, size, time of change): an added, removed or changed mask is seen, and only what
changed is read again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from mmengine.dist import is_main_process
from rich.console import Console
from rich.progress import track

from .file_listing import FileListing, list_files
from .mask_table_cache import Cached, locked, read_caches, write_cache
from .mask_values import LOSSY, Counted, count_values
from .undecodable import undecodable


@dataclass(frozen=True)
class MaskTable:
    """One row for each mask and each value in it.

    Args:
        names (tuple[str, ...]): Names of the masks, sorted.
        files (tuple[str, ...]): Their paths under the folder.
        mask_ids (np.ndarray): (R,) int64, positions in ``names``, sorted.
        rows (np.ndarray): (R, 4) int64: value, pixels, pixels on OSLSM's grid (every
            32nd row and column from the second on), palette colour as 0xRRGGBB or -1.
        errors (dict[str, str]): File to the reason why it is not in the table, and the
            remedy.
        lossy (frozenset[str]): Files that are JPEGs.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    mask_ids: np.ndarray
    rows: np.ndarray
    errors: dict[str, str] = field(default_factory=dict)
    lossy: frozenset[str] = frozenset()

    def without_lossy(self, why: str = LOSSY) -> MaskTable:
        """The table with its JPEGs as errors.

        Args:
            why (str): Reason and remedy.
        """
        if not self.lossy:
            return self
        kept = np.array([file not in self.lossy for file in self.files], dtype=bool)
        chosen = kept[self.mask_ids]
        return replace(
            self,
            mask_ids=self.mask_ids[chosen],
            rows=self.rows[chosen],
            errors=dict.fromkeys(sorted(self.lossy), why) | self.errors,
            lossy=frozenset(),
        )


def scan_masks(
    mask_dir: str | Path,
    suffixes: Sequence[str] = ('.png',),
    num_workers: int | None = None,
    progress: bool = True,
    refused: Mapping[str, str] | None = None,
    lossy: bool = False,
) -> MaskTable:
    """Count all masks of a folder, or read what is known of them from the cache.

    Args:
        mask_dir (str | Path): Folder of masks, or of folders of masks.
        suffixes (Sequence[str]): Of the masks. Defaults to ('.png',).
        num_workers (int, optional): Threads that read masks (Pillow decodes outside
            the interpreter's lock). Defaults to the number of cores.
        progress (bool): Show a progress bar. Defaults to True.
        refused (Mapping[str, str], optional): As in
            :func:`~.file_listing.list_files`. Defaults to None.
        lossy (bool): Take JPEGs as well. Defaults to False: they are errors.

    Raises:
        FileNotFoundError: If the folder does not exist or holds no mask.
    """
    mask_dir = Path(mask_dir)
    if not mask_dir.is_dir():
        raise FileNotFoundError(
            f'mask folder {str(mask_dir)!r} does not exist; check data_root and '
            'mask_dir'
        )
    listing = list_files(mask_dir, suffixes, refused)
    if not listing.files and not listing.problems:
        wanted = ', '.join(f'*{suffix}' for suffix in suffixes)
        raise FileNotFoundError(f'no {wanted} mask in {str(mask_dir)!r}')
    table = _cached(mask_dir, listing)
    if table is None:
        with locked(mask_dir) as alone:  # or another process is at it: wait for it
            show = progress and (alone or is_main_process())
            table = _update(mask_dir, listing, num_workers, show)
    return table if lossy else table.without_lossy()


def _cached(mask_dir: Path, listing: FileListing) -> MaskTable | None:
    """The table, where a cache is of these very files."""
    files = list(listing.files.values())
    for known in read_caches(mask_dir):
        if known.is_of(files, listing.stats):
            return _table(listing, known, {})
    return None


def _update(
    mask_dir: Path, listing: FileListing, num_workers: int | None, show: bool
) -> MaskTable:
    """Read what no cache knows as it is now, and cache the table."""
    files, stats = list(listing.files.values()), listing.stats
    caches = list(read_caches(mask_dir))
    counts: dict[str, Counted] = {}
    for known in caches:
        counts |= known.unchanged(files, stats)
    todo = [file for file in files if file not in counts]
    fresh = _count_all(mask_dir, todo, num_workers, show)
    errors = {file: why for file, why in fresh.items() if isinstance(why, str)}
    counts |= {file: one for file, one in fresh.items() if file not in errors}
    # what could not be read has no place in the cache: it is tried again
    good = np.array([file not in errors for file in files], dtype=bool)
    stats = np.where(good[:, None], stats, -1)
    counted = Cached.of(files, stats, counts)
    if not any(known.is_of(files, stats) for known in caches):
        write_cache(mask_dir, counted)
    return _table(listing, counted, errors)


def _table(listing: FileListing, counted: Cached, errors: dict[str, str]) -> MaskTable:
    names, files = tuple(listing.files), tuple(listing.files.values())
    lossy = frozenset(files[i] for i in np.flatnonzero(counted.lossy))
    errors = listing.problems | errors
    return MaskTable(names, files, counted.mask_ids, counted.rows, errors, lossy)


def _count_all(
    mask_dir: Path, files: list[str], num_workers: int | None, show: bool
) -> dict[str, Counted | str]:
    """Counts of all readable masks, and the reason for each that is not."""
    with ThreadPoolExecutor(num_workers or os.cpu_count()) as pool:
        results = pool.map(partial(_try_to_count, mask_dir), files)
        if show and files:
            console = Console(stderr=True)  # standard output is for results
            results = track(results, 'Indexing masks', len(files), console=console)
        return dict(zip(files, list(results)))  # to the end, which the bar shows


def _try_to_count(mask_dir: Path, file: str) -> Counted | str:
    path = mask_dir / file
    try:
        return count_values(path)
    except ValueError as error:
        return str(error)
    except Exception as error:  # Pillow raises many kinds
        return undecodable(path, error)
