"""Which classes each image holds, and on how many pixels.

The index is built once from a folder of index masks and cached. The cache is checked
by a fingerprint of every file (name, size, time of change): an added, removed or
changed mask is seen, and only what changed is read again. Everything that asks "which
images hold class c" asks the index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from .class_index_cache import Stat, read_cache, unchanged, write_cache

IGNORE_INDEX = 255
_INDEX_MODES = ('P', 'L', '1')


@dataclass(frozen=True)
class ClassIndex:
    """Pixels of each class in each image, as a sparse table.

    Args:
        names (tuple[str, ...]): Image names, sorted.
        image_ids (np.ndarray): (M,) int32, positions in ``names``, sorted.
        class_ids (np.ndarray): (M,) int32, mask values, without 0 and 255.
        pixels (np.ndarray): (M,) int64, pixel counts at the mask's own size.
        errors (dict[str, str]): Names of masks that could not be read, with the reason.
    """

    names: tuple[str, ...]
    image_ids: np.ndarray
    class_ids: np.ndarray
    pixels: np.ndarray
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_counts(
        cls, counts: dict[str, dict[int, int]], errors: dict[str, str] | None = None
    ) -> ClassIndex:
        """Make an index from ``{name: {class id: pixels}}``."""
        names = tuple(sorted(counts))
        rows = [
            (i, c, n)
            for i, name in enumerate(names)
            for c, n in sorted(counts[name].items())
        ]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        ids = table[:, :2].astype(np.int32)
        return cls(names, ids[:, 0], ids[:, 1], table[:, 2], errors or {})

    def subset(self, names: Iterable[str]) -> ClassIndex:
        """The same table for some of the images, in the order given.

        Raises:
            FileNotFoundError: If images of the list have no mask.
        """
        names = tuple(names)
        position = {name: i for i, name in enumerate(self.names)}
        missing = [name for name in names if name not in position]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} images have no mask: {shorten(missing)}; add the '
                'masks or take the images out of the list'
            )
        new_ids = np.full(len(self.names), -1, dtype=np.int32)
        new_ids[[position[name] for name in names]] = np.arange(len(names))
        ids = new_ids[self.image_ids]
        order = np.argsort(ids, kind='stable')
        order = order[ids[order] >= 0]
        errors = {name: self.errors[name] for name in names if name in self.errors}
        return ClassIndex(
            names, ids[order], self.class_ids[order], self.pixels[order], errors
        )

    def images_with(self, class_id: int, min_pixels: int = 1) -> np.ndarray:
        """Images that hold at least ``min_pixels`` of a class: sorted positions."""
        chosen = (self.class_ids == class_id) & (self.pixels >= min_pixels)
        return self.image_ids[chosen]

    def images_with_any(self, class_ids: Iterable[int]) -> np.ndarray:
        """Images that hold a single pixel of any of the classes: sorted positions."""
        return np.unique(self.image_ids[np.isin(self.class_ids, list(class_ids))])

    def require_usable(self, num_classes: int) -> None:
        """Check that every mask could be read and holds only classes of the table.

        Raises:
            ValueError: Listing all masks that cannot be used, with the reason.
        """
        problems = dict(self.errors)
        for row in np.flatnonzero(self.class_ids > num_classes):
            problems[self.names[self.image_ids[row]]] = (
                f'value {self.class_ids[row]}, expected 0 to {num_classes} or '
                f'{IGNORE_INDEX} (ignore)'
            )
        if problems:
            lines = '\n'.join(f'  {name}: {what}' for name, what in problems.items())
            raise ValueError(
                f'{len(problems)} masks cannot be used:\n{lines}\n'
                'mend these files, or take them out of the list'
            )


def shorten(names: Sequence[str], most: int = 10) -> str:
    """The first few of many names, and how many more there are."""
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return ', '.join(names[:most]) + more


def count_pixels(mask_path: str | Path) -> dict[int, int]:
    """Pixels of each value in an index mask, without 0 and 255.

    Raises:
        ValueError: If the file is not an 8-bit index mask.
        OSError: If the file cannot be decoded.
    """
    with Image.open(mask_path) as mask:
        if mask.mode not in _INDEX_MODES:
            raise ValueError(
                f'a mask of mode {mask.mode!r}, expected one channel of 8-bit class '
                'ids (palette or grey); convert it so that each pixel is a class id'
            )
        counts = mask.histogram()
    if mask.mode == '1':  # Pillow counts a bilevel image as 0 and 255
        counts[1], counts[IGNORE_INDEX] = counts[IGNORE_INDEX], 0
    return {v: n for v, n in enumerate(counts) if n and 0 < v < IGNORE_INDEX}


def build_class_index(
    mask_dir: str | Path,
    suffix: str = '.png',
    num_workers: int | None = None,
    progress: bool = True,
) -> ClassIndex:
    """Build the index of a folder of masks, or read it from the cache.

    Args:
        mask_dir (str | Path): Folder of index masks; a mask's name without its suffix
            is the image's name.
        suffix (str): Suffix of the masks. Defaults to '.png'.
        num_workers (int, optional): Threads that read masks (Pillow decodes outside
            the interpreter's lock). Defaults to the number of cores.
        progress (bool): Show a progress bar. Defaults to True.

    Raises:
        FileNotFoundError: If the folder does not exist or holds no mask.
    """
    mask_dir = Path(mask_dir)
    files = _scan(mask_dir, suffix)
    known = read_cache(mask_dir)
    counts = {n: known[n][1] for n, stat in files.items() if unchanged(known, n, stat)}
    todo = [name for name in files if name not in counts]
    fresh, errors = _count_all(mask_dir, suffix, todo, num_workers, progress)
    counts.update(fresh)
    index = ClassIndex.from_counts(counts | dict.fromkeys(errors, {}), errors)
    if fresh or len(known) != len(counts):
        write_cache(mask_dir, {n: (files[n], counts[n]) for n in sorted(counts)})
    return index


def _scan(mask_dir: Path, suffix: str) -> dict[str, Stat]:
    if not mask_dir.is_dir():
        raise FileNotFoundError(
            f'mask folder {str(mask_dir)!r} does not exist; check data_root and '
            'mask_dir'
        )
    with os.scandir(mask_dir) as entries:
        found = {
            entry.name[: -len(suffix)]: (stat.st_size, stat.st_mtime_ns)
            for entry in entries
            if entry.name.endswith(suffix) and (stat := entry.stat())
        }
    if not found:
        raise FileNotFoundError(f'no *{suffix} mask in {str(mask_dir)!r}')
    return dict(sorted(found.items()))


def _count_all(
    mask_dir: Path, suffix: str, names: list[str], num_workers: int | None, show: bool
) -> tuple[dict[str, dict[int, int]], dict[str, str]]:
    """Counts of all readable masks, and the reason for each that is not."""

    def count(name: str) -> dict[int, int] | str:
        try:
            return count_pixels(mask_dir / f'{name}{suffix}')
        except Exception as error:  # Pillow raises many kinds
            return str(error) or type(error).__name__

    with ThreadPoolExecutor(num_workers or os.cpu_count()) as pool:
        results = pool.map(count, names)
        if show and names:
            console = Console(stderr=True)  # standard output is for results
            results = track(results, 'Indexing masks', len(names), console=console)
        done = dict(zip(names, list(results)))  # to the end, which the bar shows
    errors = {name: r for name, r in done.items() if isinstance(r, str)}
    return {n: r for n, r in done.items() if n not in errors}, errors
