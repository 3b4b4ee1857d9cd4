"""A user's data as they lie in folders: images, masks, and which belong together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..index.annotations import Annotations
from ..index.binary_masks import binary_counts, gray_counts, void_counts
from ..index.binary_problems import binary_problems
from ..index.class_folder_source import ClassFolderSource
from ..index.class_names import IGNORE_INDEX
from ..index.file_listing import IMAGE_SUFFIXES, composed, list_files
from ..index.image_files import read_images
from ..index.instance_source import InstanceSource
from ..index.labelme_json import SUFFIX
from ..index.mask_reading import MaskReading
from ..index.mask_sources import MASK_SUFFIXES
from ..index.mask_table import MaskTable
from ..utils.text import shorten
from .annotation_findings import annotation_size_problem
from .check_options import CheckOptions
from .folder_files import FileFacts
from .folder_findings import size_problem
from .folder_ranges import clipped_problems


class MaskFile(NamedTuple):
    """One mask of the classes that are asked for.

    Args:
        place (int): Its position in the table of values.
        file (str): Its path under the folder of masks.
        label (str): What messages call it.
        image (str): Name of its image.
    """

    place: int
    file: str
    label: str
    image: str


class FolderData:
    """Images and masks of a folder, all masks counted.

    Args:
        options (CheckOptions): Where they lie.
        workers (int): Threads that count masks. Defaults to 1.

    Raises:
        FileNotFoundError: If a folder or a list is missing.
        ValueError: If the form cannot be told, or the JSON cannot be read.
    """

    def __init__(self, options: CheckOptions, workers: int = 1) -> None:
        self.options, self.source = options, options.source()
        self.img_dir = options.root / options.img_dir
        self.listing = options.images()
        self.binary = isinstance(self.source, ClassFolderSource)
        self.masks: list[MaskFile] = []
        self.annotations: Annotations | None = None
        if isinstance(self.source, InstanceSource):
            self.annotations = self.source.annotations
            self.table, self.mask_index = None, self.source.index()
            return
        self.folder = self.source.folder
        self.table = self.source.scan(workers)
        self.mask_index = self.source.index_of(self.table)
        for number, file in enumerate(self.table.files):
            if place := self.source.place(file):
                label = self.folder.label(file)
                self.masks.append(MaskFile(number, file, label, place[0]))

    def files(self) -> list[tuple[str, Path]]:
        """Kind and path of every file, as ``inspect_files`` takes them."""
        options = self.options
        files = [('image', self.img_dir / f) for f in self.listing.files.values()]
        files += [('mask', self.folder.path / mask.file) for mask in self.masks]
        lists = [options.classes] if isinstance(options.classes, str) else []
        lists = [options.root / path for path in (*lists, *self._splits())]
        others = [*lists, *self._annotation_files()]
        return files + [('other', path) for path in others]

    def _splits(self) -> list[str]:
        """The lists of images, each once."""
        splits = self.options.train_split, self.options.test_split
        return list(dict.fromkeys(filter(None, splits)))

    def _annotation_files(self) -> list[Path]:
        if self.annotations is None:
            return []
        path = self.options.root / self.options.annotations
        if path.is_dir():
            return [path / file for file in list_files(path, (SUFFIX,)).files.values()]
        return [path]

    def list_problems(self) -> list[str]:
        """A line for each list of images that names others than there are."""
        lines, files = [], self.listing.files
        for split in self._splits():
            names = read_images(self.options.root / split, files)
            missing = [name for name in names if name not in files]
            if missing:
                lines.append(
                    f'{split}: {len(missing)} names of no image in {self.img_dir.name}/'
                    f'; correct or delete these lines: {shorten(missing, 3)}'
                )
        return lines

    def file_problems(self, facts: dict[Path, FileFacts]) -> list[str]:
        """A line for each file that does not decode, or would be loaded wrongly."""
        root = self.options.root
        lines = [
            f'{os.path.relpath(path, root)}: {one.problem}'
            for path, one in facts.items()
            if one.problem
        ]
        if self.options.img_range is not None:
            return lines
        images = {f: facts[self.img_dir / f] for f in self.listing.files.values()}
        deep = {
            f'{self.img_dir.name}/{file}': one
            for file, one in images.items()
            if one.is_clipped
        }
        return lines + clipped_problems(deep)

    def size_problems(self, facts: dict[Path, FileFacts]) -> list[str]:
        """A line for each mask or annotated image of another size than its image."""
        if self.annotations is not None:
            find, images = annotation_size_problem, self.annotations.images
            sizes = [(one.label, name, one.size) for name, one in images.items()]
        else:
            find = size_problem
            of_mask = [facts[self.folder.path / mask.file] for mask in self.masks]
            sizes = [
                (mask.label, mask.image, (one.height, one.width))
                for mask, one in zip(self.masks, of_mask)
            ]
        lines = []
        for label, name, size in sizes:
            if file := self.listing.files.get(name):
                image_label = f'{self.img_dir.name}/{file}'
                one = facts[self.img_dir / file]
                lines.append(find(label, size, image_label, one))
        return [line for line in lines if line]

    def without_mask(self) -> list[str]:
        """Names of the images that have none."""
        with_mask = {*self.mask_index.names, *self.mask_index.errors}
        return [name for name in self.listing.files if name not in with_mask]

    def empty_masks(self) -> list[str]:
        """Masks, or names in the JSON, that show no class."""
        if self.table is None:
            shown = set(self.mask_index.image_ids.tolist())
            names = enumerate(self.mask_index.names)
            errors = self.mask_index.errors
            return [n for i, n in names if i not in shown and n not in errors]
        if self.binary:
            reading = self.folder.reading
            shown = {mask for mask, *_ in binary_counts(self.table, reading)}
            shown |= set(binary_problems(self.table, reading))
        else:
            labels = self.folder.reading.labels(self.table.rows[:, 0])
            is_class = (labels > 0) & (labels != IGNORE_INDEX)
            shown = set(self.table.mask_ids[is_class].tolist())
        empty = set(np.unique(self.table.mask_ids).tolist()) - shown  # of the decoded
        return [m.label for m in self.masks if m.place in empty]

    def gray_pixels(self) -> dict[str, int]:
        """Grey pixels of each smoothed binary mask that has any."""
        gray = self._counted(gray_counts)
        if gray:  # nothing is foreground in some, which is said of them
            for mask in binary_problems(self.table, self.folder.reading):
                gray.pop(mask, None)
        return self._by_label(gray)

    def void_pixels(self) -> dict[str, int]:
        """Ignored pixels of each binary mask that has any."""
        return self._by_label(self._counted(void_counts))

    def passed_over(self) -> list[str]:
        """Files among the masks that would be taken if no suffix were stated."""
        if self.table is None or self.options.mask_suffix is None:
            return []
        suffixes = tuple(dict.fromkeys((*MASK_SUFFIXES, *IMAGE_SUFFIXES)))
        listing = list_files(self.folder.path, suffixes)
        taken = {mask.file for mask in self.masks}
        if self.folder.path == self.img_dir:
            taken |= {*self.listing.files.values()}
        found = sorted({*listing.files.values(), *listing.problems} - taken)
        return [file for file in found if self.source.inside(file)]

    def all_passed_over(self) -> set[str]:
        """Classes of whose folder every file is passed over."""
        taken = self._in_folders_of(mask.file for mask in self.masks)
        return self._in_folders_of(self.passed_over()) - taken

    def unreadable(self) -> set[str]:
        """Classes of which no mask can be read, which is said of each file."""
        if not self.binary:
            return set()
        decoded = set(np.unique(self.table.mask_ids).tolist())
        usable = (mask.file for mask in self.masks if mask.place in decoded)
        every = self._in_folders_of(mask.file for mask in self.masks)
        return every - self._in_folders_of(usable)

    def _in_folders_of(self, files: Iterable[str]) -> set[str]:
        """Classes in whose folders the files lie, in masks of a class each."""
        if not self.binary:
            return set()
        folders = {composed(file).partition('/')[0] for file in files}
        return folders & {*self.source.classes}

    def doubts(self) -> list[str]:
        """What all masks of a class say against their reading, a line each."""
        return [] if self.table is None else self.source.doubts(self.table)

    def remarks(self) -> list[str]:
        """How masks are read."""
        return [] if self.table is None else self.source.remarks(self.table)

    def inside_paths(self) -> list[str]:
        """Paths of the masks, each under the folder of its class."""
        if self.table is None:
            return []
        return [path for path in map(self.source.inside, self.table.files) if path]

    def _counted(
        self, count: Callable[[MaskTable, MaskReading], dict[int, int]]
    ) -> dict[int, int]:
        return count(self.table, self.folder.reading) if self.binary else {}

    def _by_label(self, counts: dict[int, int]) -> dict[str, int]:
        return {m.label: counts[m.place] for m in self.masks if m.place in counts}
