"""Masks of one class each: in a folder for each class, or of the only class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..utils.text import join_lines
from .binary_masks import binary_counts
from .binary_problems import binary_problems, class_doubts, dim_masks, dim_remedies
from .class_index import ClassIndex
from .class_names import NamedClasses
from .file_listing import composed, name_of
from .mask_sources import THRESHOLD_JPEG, MaskFileSource, MaskFolder
from .mask_table import MaskTable
from .mask_unions import count_unions

_OUTSIDE = (
    'a mask outside of the folders of the classes; move it into the folder of its '
    'class, or remove it'
)


class ClassFolderSource(MaskFileSource):
    """A folder of binary masks for each class; an image may be in several.

    What is the class in a mask says :class:`~.mask_reading.MaskReading`.

    Args:
        folder (MaskFolder): ``<class>/<image name>.png``.
        named (NamedClasses, optional): Folders and their order. Defaults to all,
            sorted.
        images_too (bool): Whether images lie in folders of the classes as well, so that
            ``<class>/`` is part of their names. Defaults to False.

    Raises:
        ValueError: If there is no folder of a class.
    """

    def __init__(
        self,
        folder: MaskFolder,
        named: NamedClasses | None = None,
        images_too: bool = False,
    ) -> None:
        super().__init__(folder, self._named_classes(folder, named))
        self.images_too = images_too
        self._ids = {name: i for i, name in enumerate(self.classes, start=1)}
        self._files: dict[tuple[str, int], list[str]] = {}

    @staticmethod
    def _named_classes(
        folder: MaskFolder, named: NamedClasses | None
    ) -> tuple[str, ...]:
        folders = class_folders(folder.path)
        classes = tuple(folders) if named is None else named.of_folders(folders)
        missing = sorted(set(classes) - set(folders))
        if missing:
            raise ValueError(
                f'{folder.path} has no folder of masks for the classes {missing}; '
                f'it has {folders}'
            )
        return classes

    def scan(self, workers: int | None = None) -> MaskTable:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        return self.folder.scan(workers, THRESHOLD_JPEG)

    def index_of(self, table: MaskTable) -> ClassIndex:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        self._files = {}
        for file in table.files:
            if place := self.place(file):
                self._files.setdefault(place, []).append(file)
        reasons = self._reasons(table)
        counts, wrong = self._counts(table, reasons)
        names = tuple(sorted({image for image, _ in self._files}))
        position = {name: i for i, name in enumerate(names)}
        rows = [
            (position[image], class_id, *pixels)
            for (image, class_id), pixels in counts.items()
        ]
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows, self._errors(reasons | wrong))

    def place(self, file: str) -> tuple[str, int] | None:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        inside = self.inside(file)
        image = self.folder.pattern.image_of(inside) if inside else None
        if not image:
            return None
        return image, self._ids[composed(file).partition('/')[0]]

    def inside(self, file: str) -> str | None:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        folder, _, inside = composed(file).partition('/')
        if folder not in self._ids:
            return None
        return composed(file) if self.images_too else inside

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`~.mask_sources.MaskSource`."""
        first, *more = self._paths(name, class_id)
        return dict(
            seg_map_path=first,
            more_seg_map_paths=more,
            ignored_mask_paths=[p for c in ignored for p in self._paths(name, c)],
            mask_reading=self.folder.reading,
        )

    def _paths(self, name: str, class_id: int) -> list[str]:
        files = self._files.get((name, class_id), ())
        return [str(self.folder.path / file) for file in files]

    def doubts(self, table: MaskTable) -> list[str]:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        return class_doubts(table, self._masks(table), self.folder.reading)

    def remarks(self, table: MaskTable) -> list[str]:
        """As in :class:`~.mask_sources.MaskFileSource`."""
        parts = sum(len(files) > 1 for files in self._files.values())
        if not parts:
            return []
        return [f'{parts:,} masks are of several files, which are laid over each other']

    def _counts(
        self, table: MaskTable, reasons: Mapping[str, str]
    ) -> tuple[dict[tuple[str, int], tuple[int, int]], dict[str, str]]:
        """Pixels of each image and class that has any, and files that do not fit."""
        shown = {
            table.files[i]: row for i, *row in binary_counts(table, self.folder.reading)
        }
        counts, unions = {}, {}
        for place, files in self._files.items():
            if len(files) > 1 and not any(file in reasons for file in files):
                unions[place] = files
            elif files[0] in shown:
                counts[place] = tuple(shown[files[0]])
        found, wrong = count_unions(self.folder.path, unions, self.folder.reading)
        return counts | found, wrong

    def _masks(self, table: MaskTable) -> dict[str, np.ndarray]:
        """What to call the masks of each class that has any, and which they are."""
        masks: dict[str, list[int]] = {}
        for mask, file in enumerate(table.files):
            if place := self.place(file):
                masks.setdefault(self._label(place[1]), []).append(mask)
        return {label: np.array(ids) for label, ids in masks.items()}

    def _label(self, class_id: int) -> str:
        return self.folder.label(f'{self.classes[class_id - 1]}/')

    def _reasons(self, table: MaskTable) -> dict[str, str]:
        """Reason and remedy of each file that cannot be used, in any class."""
        reading, remedies = self.folder.reading, {}
        if dim_masks(table, reading):
            remedies = dim_remedies(table, self._masks(table), reading)
        problems = binary_problems(table, reading, remedies)
        reasons = {table.files[mask]: why for mask, why in problems.items()}
        return reasons | dict.fromkeys(self._outside(table), _OUTSIDE) | table.errors

    def _errors(self, reasons: Mapping[str, str]) -> dict[str, str]:
        """Image to the lines of its files of these classes that cannot be used."""
        lines = []
        for file, why in reasons.items():
            place, inside = self.place(file), self.inside(file)
            if place or inside or '/' not in file:
                image = place[0] if place else name_of(inside or file)
                lines.append((image, f'{self.folder.label(file)}: {why}'))
        return join_lines(lines)

    def _outside(self, table: MaskTable) -> list[str]:
        """Files that lie in no folder of a class."""
        return [file for file in table.files if '/' not in file]


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
