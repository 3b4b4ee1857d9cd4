"""Where a user's masks come from: index masks, or a folder of masks for each class.

A source knows the classes, makes the class index, and tells the pipeline where the mask
of an image and a class is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ..utils.text import join_lines
from .binary_masks import binary_counts, binary_problems
from .class_index import IGNORE_INDEX, ClassIndex
from .file_listing import composed, name_of
from .mask_table import MaskTable, scan_masks
from .mask_values import LOSSY

MASK_SUFFIXES = ('.png', '.bmp', '.tif', '.tiff')
UNREAD_MASKS = dict.fromkeys(('.jpg', '.jpeg'), LOSSY) | {
    '.webp': 'a WebP, which is not read; save it as PNG, if it is lossless',
    '.gif': 'a GIF, which is not read; save it as PNG',
    '.npy': 'an array, which is not read; save it as PNG',
}


class MaskSource(Protocol):
    """What a data set asks of its masks."""

    classes: tuple[str, ...]

    def index(self) -> ClassIndex:
        """The class index of all images that have a mask."""

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """What ``LoadFewShotMask`` needs to load the mask of an image and a class.

        Args:
            name (str): The image.
            class_id (int): The class.
            ignored (Sequence[int]): Classes whose pixels are to be ignored.
        """


class IndexMaskSource:
    """One mask for each image, whose values are class ids.

    Args:
        mask_dir (Path): ``<image name>.png``.
        classes (Sequence[str]): Names of the ids 1, 2, ...

    Raises:
        ValueError: If there are more classes than values.
    """

    def __init__(self, mask_dir: Path, classes: Sequence[str]) -> None:
        if len(classes) >= IGNORE_INDEX:
            raise ValueError(
                f'{len(classes)} classes, expected {IGNORE_INDEX - 1} at most in index '
                'masks of 8 bits; use a folder of masks for each class'
            )
        self.mask_dir, self.classes = mask_dir, tuple(classes)
        self._files: dict[str, str] = {}

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        return self.index_of(scan_folder(self.mask_dir))

    def index_of(self, table: MaskTable) -> ClassIndex:
        """The same of masks that are counted already."""
        self._files = dict(zip(table.names, table.files))
        return ClassIndex.from_index_masks(table, f'{self.mask_dir.name}/')

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`MaskSource`; ignored classes are in the same mask."""
        return dict(seg_map_path=str(self.mask_dir / self._files[name]))


class ClassFolderSource:
    """A folder of binary masks for each class; an image may be in several.

    A pixel is of the class from the value 128 on. In masks of 0 and 1 it is so where it
    is 1; these may hold 255, which is ignored (:mod:`.binary_masks`).

    Args:
        mask_dir (Path): ``<class>/<image name>.png``.
        classes (Sequence[str], optional): Folders and their order. Defaults to all,
            sorted.

    Raises:
        ValueError: If there is no folder of a class.
    """

    def __init__(self, mask_dir: Path, classes: Sequence[str] | None = None) -> None:
        self.mask_dir = mask_dir
        folders = class_folders(mask_dir)
        self.classes = tuple(classes or folders)
        missing = sorted(set(self.classes) - set(folders))
        if missing:
            raise ValueError(
                f'{mask_dir} has no folder of masks for the classes {missing}; it has '
                f'{folders}'
            )
        self._files: dict[str, str] = {}

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        return self.index_of(scan_folder(self.mask_dir))

    def index_of(self, table: MaskTable) -> ClassIndex:
        """The same of masks that are counted already."""
        self._files = dict(zip(table.names, table.files))
        ids = {name: i for i, name in enumerate(self.classes, start=1)}
        parts = [name.partition('/') for name in table.names]
        names = tuple(sorted({image for c, _, image in parts if c in ids and image}))
        position = {name: i for i, name in enumerate(names)}
        rows = [
            (position[parts[mask][2]], ids[parts[mask][0]], pixels, on_grid)
            for mask, pixels, on_grid in binary_counts(table)
            if parts[mask][0] in ids and parts[mask][2]
        ]
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows, join_lines(self._errors(table)))

    def _errors(self, table: MaskTable) -> list[tuple[str, str]]:
        """Image and line of each file of these classes that cannot be used."""
        reasons = {table.files[m]: why for m, why in binary_problems(table).items()}
        for file in table.files:
            if '/' not in file:
                reasons[file] = (
                    'a mask outside of the folders of the classes; move it into the '
                    'folder of its class, or remove it'
                )
        found = []
        for file, why in (reasons | table.errors).items():
            folder, _, image = name_of(file).partition('/')
            if folder in self.classes or not image:
                found.append((image or folder, f'{self.mask_dir.name}/{file}: {why}'))
        return found

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`MaskSource`."""
        own, *others = (
            self._files.get(f'{self.classes[c - 1]}/{name}')
            for c in (class_id, *ignored)
        )
        return dict(
            seg_map_path=str(self.mask_dir / own),
            ignored_mask_paths=[str(self.mask_dir / file) for file in others if file],
            binary_mask=True,
        )


def scan_folder(mask_dir: Path, num_workers: int | None = None) -> MaskTable:
    """Count the masks of a folder, in any format that keeps their values.

    Args:
        mask_dir (Path): The folder.
        num_workers (int, optional): As in :func:`~.mask_table.scan_masks`.
    """
    return scan_masks(mask_dir, MASK_SUFFIXES, num_workers, refused=UNREAD_MASKS)


def class_folders(mask_dir: Path) -> list[str]:
    """Names of the folders in a folder, sorted.

    Raises:
        FileNotFoundError: If the folder does not exist.
    """
    if not mask_dir.is_dir():
        raise FileNotFoundError(
            f'mask folder {str(mask_dir)!r} does not exist; check data_root and '
            'mask_dir'
        )
    found = (composed(path.name) for path in mask_dir.iterdir() if path.is_dir())
    return sorted(name for name in found if not name.startswith('.'))
