"""Which classes each image holds, and on how many pixels.

Everything that asks "which images hold class c" asks the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..utils.text import group_lines, join_lines, shorten
from .class_names import IGNORE_INDEX
from .file_listing import name_of
from .mask_problems import foreign_values, palette_conflicts
from .mask_reading import MaskReading
from .mask_table import MaskTable, scan_masks

INDEX_MASKS = MaskReading.of_index_masks()


@dataclass(frozen=True)
class ClassIndex:
    """Pixels of each class in each image, as a sparse table.

    Args:
        names (tuple[str, ...]): Image names, sorted or in the order of a list.
        image_ids (np.ndarray): (M,) int32, positions in ``names``, sorted.
        class_ids (np.ndarray): (M,) int32, without background and ignored pixels.
        pixels (np.ndarray): (M,) int64, pixel counts at the mask's own size.
        grid_pixels (np.ndarray): (M,) int64, of these the pixels on every 32nd row and
            column from the second on, which OSLSM's rule counts.
        errors (dict[str, str]): Names of images whose mask cannot be used, with the
            file, the reason and the remedy: one line for each file.
    """

    names: tuple[str, ...]
    image_ids: np.ndarray
    class_ids: np.ndarray
    pixels: np.ndarray
    grid_pixels: np.ndarray
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_counts(cls, counts: dict[str, dict[int, int]]) -> ClassIndex:
        """Make an index from ``{name: {class id: pixels}}``, with none on the grid."""
        names = tuple(sorted(counts))
        rows = [
            (i, c, n, 0)
            for i, name in enumerate(names)
            for c, n in sorted(counts[name].items())
        ]
        return cls.from_rows(names, np.array(rows, dtype=np.int64).reshape(-1, 4))

    @classmethod
    def from_rows(
        cls,
        names: tuple[str, ...],
        rows: np.ndarray,
        errors: dict[str, str] | None = None,
    ) -> ClassIndex:
        """Make an index from (M, 4) rows: image, class, pixels, pixels on the grid."""
        key = rows[:, 0] * (rows[:, 1].max(initial=0) + 1) + rows[:, 1]
        rows = rows[np.argsort(key, kind='stable')]  # next to nothing if it is sorted
        ids = rows[:, :2].astype(np.int32)
        return cls(names, ids[:, 0], ids[:, 1], rows[:, 2], rows[:, 3], errors or {})

    @classmethod
    def from_index_masks(
        cls, table: MaskTable, folder: str = '', reading: MaskReading = INDEX_MASKS
    ) -> ClassIndex:
        """Make an index of masks whose values are class ids, 0 and 255 apart.

        Args:
            table (MaskTable): Of all masks.
            folder (str): What messages put before a mask's path. Defaults to ''.
            reading (MaskReading): What values mean. Defaults to themselves.
        """
        labels = reading.labels(table.rows[:, 0])
        rows = np.column_stack([table.mask_ids, labels, table.rows[:, 1:3]])
        rows = _summed(rows[(labels > 0) & (labels != IGNORE_INDEX)])
        errors = dict(table.errors)
        for mask, why in palette_conflicts(table.mask_ids, table.rows).items():
            errors.setdefault(table.files[mask], why)
        names = dict(zip(table.files, table.names)) if errors else {}
        lines = [
            (names.get(f) or name_of(f), f'{folder}{f}: {why}')
            for f, why in errors.items()
        ]
        return cls.from_rows(table.names, rows, join_lines(lines))

    def subset(self, names: Iterable[str]) -> ClassIndex:
        """The same table for some of the images, in the order given.

        Raises:
            FileNotFoundError: If images of the list have no mask.
        """
        names = tuple(names)
        position = {name: i for i, name in enumerate(self.names)}
        missing = [n for n in names if n not in position and n not in self.errors]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} images have no mask: {shorten(missing)}; add the '
                'masks or take the images out of the list'
            )
        errors = {name: self.errors[name] for name in names if name in self.errors}
        return replace(self.of_images(names), errors=errors)

    def of_images(
        self, names: Sequence[str], problems: dict[str, str] | None = None
    ) -> ClassIndex:
        """The same table for a list of images, of which some may have no mask.

        Args:
            names (Sequence[str]): The images. One without a mask shows no class.
            problems (dict[str, str], optional): More errors. Defaults to None.
        """
        new = {name: i for i, name in enumerate(names)}
        ids = np.array([new.get(name, -1) for name in self.names], dtype=np.int64)
        rows = np.column_stack(
            [ids[self.image_ids], self.class_ids, self.pixels, self.grid_pixels]
        )
        errors = join_lines([*self.errors.items(), *(problems or {}).items()])
        return ClassIndex.from_rows(tuple(names), rows[rows[:, 0] >= 0], errors)

    def images_with(
        self, class_id: int, min_pixels: int = 1, min_grid_pixels: int = 0
    ) -> np.ndarray:
        """Images that hold enough of a class: sorted positions.

        Args:
            class_id (int): The class.
            min_pixels (int): Fewest pixels. Defaults to 1.
            min_grid_pixels (int): Fewest pixels on the grid. Defaults to 0.
        """
        chosen = (self.class_ids == class_id) & (self.pixels >= min_pixels)
        return self.image_ids[chosen & (self.grid_pixels >= min_grid_pixels)]

    def images_with_any(self, class_ids: Iterable[int]) -> np.ndarray:
        """Images that hold a single pixel of any of the classes: sorted positions."""
        return np.unique(self.image_ids[np.isin(self.class_ids, list(class_ids))])

    @property
    def sha256(self) -> str:
        """Hash of names, classes and pixels: of the masks, as far as draws see them."""
        digest = hashlib.sha256('\n'.join(self.names).encode())
        for column in (self.image_ids, self.class_ids, self.pixels, self.grid_pixels):
            digest.update(column.astype('<i8').tobytes())
        return digest.hexdigest()

    def require_usable(self, num_classes: int) -> None:
        """Check that every mask could be read and holds only classes of the table.

        Raises:
            ValueError: Listing all masks that cannot be used, with reason and remedy:
                a line for each cause.
        """
        problems = self.problems(num_classes)
        if problems:
            lines = '\n'.join(f'  {line}' for line in group_lines(problems))
            raise ValueError(
                f'{len(problems)} files cannot be used:\n{lines}\n'
                'mend these files, or take them out of the list'
            )

    def problems(
        self, num_classes: int, files: Mapping[str, str] | None = None
    ) -> list[str]:
        """All that cannot be used, a line each: the file, the reason, the remedy.

        Args:
            num_classes (int): Number of classes in the table.
            files (Mapping[str, str], optional): What to call an image's mask. Defaults
                to the image's name.
        """
        found = dict(self.errors)
        foreign = self.class_ids > num_classes
        for image, (held, why) in foreign_values(
            self.image_ids[foreign], self.class_ids[foreign], num_classes
        ).items():
            name = self.names[image]
            found.setdefault(name, f'{(files or {}).get(name, name)} ({held}): {why}')
        return [line for lines in found.values() for line in lines.split('\n')]


def _summed(rows: np.ndarray) -> np.ndarray:
    """Rows of the same image and class as one, with the sum of their pixels."""
    keys = rows[:, 0] * (IGNORE_INDEX + 1) + rows[:, 1]
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return rows
    sums = np.zeros((len(first), 2), dtype=rows.dtype)
    np.add.at(sums, places, rows[:, 2:])
    return np.column_stack([rows[first, :2], sums])


def build_class_index(
    mask_dir: str | Path,
    suffix: str = '.png',
    num_workers: int | None = None,
    progress: bool = True,
) -> ClassIndex:
    """Build the index of a folder of index masks, or read it from the cache.

    Args:
        mask_dir (str | Path): Folder of index masks; a mask's name without its suffix
            is the image's name.
        suffix (str): Suffix of the masks. Defaults to '.png'.
        num_workers (int, optional): As in :func:`~.mask_table.scan_masks`.
        progress (bool): Show a progress bar. Defaults to True.

    Raises:
        FileNotFoundError: If the folder does not exist or holds no mask.
    """
    return ClassIndex.from_index_masks(
        scan_masks(mask_dir, (suffix,), num_workers, progress)
    )
