"""Pixels of each value in each mask of a folder: what the class index is made of.

The table is built once and cached. The cache is checked by a fingerprint of every file
(name, size, time of change): an added, removed or changed mask is seen, and only what
changed is read again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from .file_listing import FileListing, list_files
from .mask_table_cache import Cached, read_cache, write_cache

GRID_STEP, GRID_OFFSET = 32, 1
LOSSY = 'a JPEG, which changes the values of a mask; export it as PNG from its source'
_INDEX_MODES = ('P', 'L', '1')
_COLOUR_MODES = ('RGB', 'RGBA', 'CMYK', 'LA', 'PA', 'YCbCr', 'HSV', 'LAB')


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
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    mask_ids: np.ndarray
    rows: np.ndarray
    errors: dict[str, str] = field(default_factory=dict)


def count_values(mask_path: str | Path) -> np.ndarray:
    """Count the pixels of each value in an index mask.

    Returns:
        np.ndarray: (V, 4) int64, as ``MaskTable.rows``.

    Raises:
        ValueError: If the file is not an 8-bit mask of one channel.
        OSError: If the file cannot be decoded.
    """
    with Image.open(mask_path) as mask:
        if mask.format == 'JPEG':
            raise ValueError(LOSSY)
        if mask.mode not in _INDEX_MODES:
            raise ValueError(_wrong_mode(mask.mode))
        pixels = np.array(mask.histogram())
        grid = np.asarray(mask)[GRID_OFFSET::GRID_STEP, GRID_OFFSET::GRID_STEP]
        palette = mask.getpalette('RGB') if mask.mode == 'P' else None
    if mask.mode == '1':  # Pillow counts a bilevel image as 0 and 255
        pixels[1], pixels[255] = pixels[255], 0
    values = np.flatnonzero(pixels)
    on_grid = np.bincount(grid.ravel(), minlength=256)
    colours = [_colour(palette, value) for value in values]
    return np.stack([values, pixels[values], on_grid[values], colours], axis=1)


def scan_masks(
    mask_dir: str | Path,
    suffixes: Sequence[str] = ('.png',),
    num_workers: int | None = None,
    progress: bool = True,
    refused: Mapping[str, str] | None = None,
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
    stats = listing.stats
    known = read_cache(mask_dir)
    if known is not None and known.is_of(list(listing.files.values()), stats):
        return _table(listing, known.mask_ids, known.rows, {})
    table, whole = _update(mask_dir, listing, stats, known, num_workers, progress)
    if known is None or not known.is_of(whole.files, whole.stats):
        write_cache(mask_dir, whole)
    return table


def _update(
    mask_dir: Path,
    listing: FileListing,
    stats: np.ndarray,
    known: Cached | None,
    num_workers: int | None,
    progress: bool,
) -> tuple[MaskTable, Cached]:
    """Read what is new or changed; the table, and what is to be cached of it."""
    files = list(listing.files.values())
    counts = {} if known is None else known.unchanged(files, stats)
    todo = [file for file in files if file not in counts]
    fresh = _count_all(mask_dir, todo, num_workers, progress)
    errors = {file: why for file, why in fresh.items() if isinstance(why, str)}
    counts |= {file: rows for file, rows in fresh.items() if file not in errors}
    none = np.empty((0, 4), dtype=np.int64)
    rows = [counts.get(file, none) for file in files]
    mask_ids = np.repeat(np.arange(len(files)), [len(part) for part in rows])
    rows = np.concatenate([none, *rows])
    # what could not be read has no place in the cache: it is tried again
    good = np.array([file not in errors for file in files], dtype=bool)
    stats = np.where(good[:, None], stats, -1)
    return (
        _table(listing, mask_ids, rows, errors),
        Cached(files, stats, mask_ids, rows),
    )


def _table(
    listing: FileListing, mask_ids: np.ndarray, rows: np.ndarray, errors: dict[str, str]
) -> MaskTable:
    names, files = tuple(listing.files), tuple(listing.files.values())
    return MaskTable(names, files, mask_ids, rows, listing.problems | errors)


def _count_all(
    mask_dir: Path, files: list[str], num_workers: int | None, show: bool
) -> dict[str, np.ndarray | str]:
    """Counts of all readable masks, and the reason for each that is not."""
    with ThreadPoolExecutor(num_workers or os.cpu_count()) as pool:
        results = pool.map(partial(_try_to_count, mask_dir), files)
        if show and files:
            console = Console(stderr=True)  # standard output is for results
            results = track(results, 'Indexing masks', len(files), console=console)
        return dict(zip(files, list(results)))  # to the end, which the bar shows


def _try_to_count(mask_dir: Path, file: str) -> np.ndarray | str:
    path = mask_dir / file
    try:
        return count_values(path)
    except ValueError as error:
        return str(error)
    except Exception as error:  # Pillow raises many kinds
        return undecodable(path, error)


def undecodable(path: str | Path, error: Exception) -> str:
    """Why a file cannot be decoded, and what to do."""
    if isinstance(error, OSError) and error.strerror:  # not Pillow's own
        return f'{error.strerror}; make the file readable'
    if not os.path.getsize(path):
        return 'an empty file (0 bytes); fetch or export it again'
    reason = str(error).replace(f'{str(path)!r}', 'it') or type(error).__name__
    return f'{reason}: damaged or half downloaded; fetch or export it again'


def _wrong_mode(mode: str) -> str:
    if mode in _COLOUR_MODES:
        remedy = 'give each colour its class id (tools/dataset_converters/folder.py '
        remedy += '--colours), or save it as grey (--to-8-bit)'
    else:
        remedy = 'save it with 8 bits (tools/dataset_converters/folder.py --to-8-bit)'
    return (
        f'a mask of mode {mode!r}, expected one channel of 8-bit class ids (palette '
        f'or grey); {remedy}'
    )


def _colour(palette: list[int] | None, value: int) -> int:
    entry = (palette or ())[3 * value : 3 * value + 3]
    return int.from_bytes(bytes(entry), 'big') if len(entry) == 3 else -1
