"""A user's data as they lie in folders: images, masks, and which belong together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..index.annotations import Annotations
from ..index.binary_masks import (
    binary_counts,
    binary_problems,
    gray_counts,
    void_counts,
)
from ..index.class_index import IGNORE_INDEX
from ..index.file_listing import list_files, list_images
from ..index.folder_index import mask_source
from ..index.instance_source import InstanceSource
from ..index.labelme_json import SUFFIX
from ..index.mask_sources import ClassFolderSource, MaskSource, scan_folder
from .folder_files import FileFacts
from .folder_findings import annotation_size_problem, size_problem


@dataclass(frozen=True)
class FolderOptions:
    """Arguments of ``FewShotFolderDataset``: where the data lie, and how they are used.

    Args:
        root (Path): ``data_root``.
        img_dir (str): Defaults to 'images'.
        mask_dir (str): Defaults to 'masks'.
        annotations (str, optional): Defaults to None.
        classes (Sequence[str] | str, optional): Names, or a text file of them. Defaults
            to None.
        crowds (str): Defaults to 'ignore'.
        fit_annotations (bool): Defaults to False.
        min_images (int): Defaults to 0.
        novel_images (str): Of training. Defaults to 'drop'.
        train_split (str, optional): ``split`` of training. Defaults to None.
        test_split (str, optional): ``split`` of validation and test. Defaults to None.
    """

    root: Path
    img_dir: str = 'images'
    mask_dir: str = 'masks'
    annotations: str | None = None
    classes: Sequence[str] | str | None = None
    crowds: str = 'ignore'
    fit_annotations: bool = False
    min_images: int = 0
    novel_images: str = 'drop'
    train_split: str | None = None
    test_split: str | None = None

    def source(self) -> MaskSource:
        """The masks; raises as :func:`~fss_mm.index.folder_index.mask_source`."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {name: own[name] for name in _OF_SOURCE}
        return mask_source(self.root, **given)

    def given(self) -> dict[str, object]:
        """What all data sets of a config are given, where it is not the default."""
        found = dict(data_root=self.root.as_posix())
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ('root', *_OF_PARTS) and value != field.default:
                found[field.name] = value
        return found

    def given_to(self, part: str) -> dict[str, object]:
        """What 'train', 'val' or 'test' is given beside this."""
        train = part == 'train'
        split = self.train_split if train else self.test_split
        found = {} if split is None else dict(split=split)
        if train and self.novel_images != 'drop':
            found['novel_images'] = self.novel_images
        return found


_OF_PARTS = ('novel_images', 'train_split', 'test_split')
_OF_SOURCE = (
    'mask_dir',
    'annotations',
    'classes',
    'img_dir',
    'crowds',
    'fit_annotations',
)


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
        options (FolderOptions): Where they lie.
        workers (int): Threads that count masks. Defaults to 1.

    Raises:
        FileNotFoundError: If a folder or a list is missing.
        ValueError: If the form cannot be told, or the JSON cannot be read.
    """

    def __init__(self, options: FolderOptions, workers: int = 1) -> None:
        self.options, self.source = options, options.source()
        self.img_dir = options.root / options.img_dir
        if not self.img_dir.is_dir():
            raise FileNotFoundError(
                f'image folder {str(self.img_dir)!r} does not exist; check --img-dir'
            )
        self.listing = list_images(self.img_dir)
        self.binary = isinstance(self.source, ClassFolderSource)
        self.masks: list[MaskFile] = []
        self.annotations: Annotations | None = None
        if isinstance(self.source, InstanceSource):
            self.annotations = self.source.annotations
            self.table, self.mask_index = None, self.source.index()
            return
        self.table = scan_folder(self.source.mask_dir, workers)
        self.mask_index = self.source.index_of(self.table)
        for place, (name, file) in enumerate(zip(self.table.names, self.table.files)):
            folder, _, inside = name.partition('/')
            if not self.binary or folder in self.source.classes:
                label = f'{self.source.mask_dir.name}/{file}'
                image = inside if self.binary else name
                self.masks.append(MaskFile(place, file, label, image))

    def files(self) -> list[tuple[str, Path]]:
        """Kind and path of every file, as ``inspect_files`` takes them."""
        options = self.options
        files = [('image', self.img_dir / f) for f in self.listing.files.values()]
        files += [('mask', self.source.mask_dir / mask.file) for mask in self.masks]
        lists = [options.annotations, options.train_split, options.test_split]
        lists += [options.classes] if isinstance(options.classes, str) else []
        others = [options.root / path for path in lists if path]
        jsons = [
            p / f
            for p in others
            if p.is_dir()
            for f in list_files(p, (SUFFIX,)).files.values()
        ]
        others = [path for path in others if path.is_file()]
        return files + [('other', path) for path in [*others, *jsons]]

    def file_problems(self, facts: dict[Path, FileFacts]) -> list[str]:
        """A line for each file that does not decode, or would be loaded wrongly."""
        return [
            f'{os.path.relpath(path, self.options.root)}: {one.problem}'
            for path, one in facts.items()
            if one.problem
        ]

    def size_problems(self, facts: dict[Path, FileFacts]) -> list[str]:
        """A line for each mask or annotated image of another size than its image."""
        if self.annotations is not None:
            find, images = annotation_size_problem, self.annotations.images
            sizes = [(one.label, name, one.size) for name, one in images.items()]
        else:
            find = size_problem
            of_mask = [facts[self.source.mask_dir / mask.file] for mask in self.masks]
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
            shown = {mask for mask, *_ in binary_counts(self.table)}
            shown |= set(binary_problems(self.table))
        else:
            values = self.table.rows[:, 0]
            is_class = (values > 0) & (values != IGNORE_INDEX)
            shown = set(self.table.mask_ids[is_class].tolist())
        decoded = set(np.unique(self.table.mask_ids).tolist())
        return [m.label for m in self.masks if m.place in decoded - shown]

    def gray_pixels(self) -> dict[str, int]:
        """Grey pixels of each smoothed binary mask that has any."""
        return self._by_label(gray_counts(self.table) if self.binary else {})

    def void_pixels(self) -> dict[str, int]:
        """Ignored pixels of each binary mask that has any."""
        return self._by_label(void_counts(self.table) if self.binary else {})

    def _by_label(self, counts: dict[int, int]) -> dict[str, int]:
        return {m.label: counts[m.place] for m in self.masks if m.place in counts}
