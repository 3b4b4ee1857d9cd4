"""Where a user's masks come from: index masks, folders of classes, or COCO's JSON.

A source knows the classes, makes the class index, and tells the pipeline where the mask
of an image and a class is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from .class_index import ClassIndex
from .conversion.coco_annotations import read_json
from .conversion.coco_masks import Instance, fault, to_rle
from .conversion.extras import require
from .mask_table import MaskTable, scan_masks

MASK_SUFFIXES = ('.png', '.bmp', '.tif', '.tiff')
BINARY_THRESHOLD = 128


class MaskSource(Protocol):
    """What a data set asks of its masks."""

    classes: tuple[str, ...]

    def index(self) -> ClassIndex:
        """The class index of all images that have a mask."""

    def info(self, name: str, class_id: int) -> dict:
        """What ``LoadFewShotMask`` needs to load the mask of an image and a class."""


class IndexMaskSource:
    """One mask for each image, whose values are class ids.

    Args:
        mask_dir (Path): ``<image name>.png``.
        classes (Sequence[str]): Names of the ids 1, 2, ...
    """

    def __init__(self, mask_dir: Path, classes: Sequence[str]) -> None:
        self.mask_dir, self.classes = mask_dir, tuple(classes)
        self._files: dict[str, str] = {}

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        table = scan_masks(self.mask_dir, MASK_SUFFIXES)
        self._files = dict(zip(table.names, table.files))
        return ClassIndex.from_index_masks(table)

    def info(self, name: str, class_id: int) -> dict:
        """As in :class:`MaskSource`."""
        return dict(seg_map_path=str(self.mask_dir / self._files[name]))


class ClassFolderSource:
    """A folder of binary masks for each class; an image may be in several.

    A pixel is of the class from the value 128 on; in masks of 0 and 1, where it is 1.

    Args:
        mask_dir (Path): ``<class>/<image name>.png``.
        classes (Sequence[str], optional): Folders and their order. Defaults to all,
            sorted.
    """

    def __init__(self, mask_dir: Path, classes: Sequence[str] | None = None) -> None:
        self.mask_dir = mask_dir
        self.classes = tuple(classes or class_folders(mask_dir))
        self._files: dict[str, str] = {}

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        table = scan_masks(self.mask_dir, MASK_SUFFIXES)
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
        errors = {
            f.rpartition('.')[0].partition('/')[2] or f: f'{f}: {why}'
            for f, why in table.errors.items()
        }
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows, errors)

    def info(self, name: str, class_id: int) -> dict:
        """As in :class:`MaskSource`."""
        file = self._files[f'{self.classes[class_id - 1]}/{name}']
        return dict(seg_map_path=str(self.mask_dir / file), binary_mask=True)


class COCOJsonSource:
    """Instances in COCO's format, in any categories.

    Crowds are ignored pixels. Annotations that cannot be drawn are errors of their
    image.

    Args:
        path (Path): The JSON. Its ``images`` need ``id``, ``file_name``, ``height`` and
            ``width``.
        classes (Sequence[str], optional): Categories to take, in order. Defaults to
            all, by their ids.

    Raises:
        ImportError: Without pycocotools.
        FileNotFoundError: If there is no such file.
        ValueError: If it has another form, or lacks one of the classes.
    """

    def __init__(self, path: Path, classes: Sequence[str] | None = None) -> None:
        require('pycocotools', 'coco')
        table = read_json(path)
        try:
            names = {c['id']: str(c['name']) for c in table['categories']}
            self.classes = tuple(classes or (names[i] for i in sorted(names)))
            self._sizes = {
                image['id']: (image['height'], image['width'])
                for image in table['images']
            }
            self._names = {
                image['id']: image['file_name'].rpartition('.')[0]
                for image in table['images']
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'{path}: an entry without {error}') from error
        missing = sorted(set(self.classes) - set(names.values()))
        if missing:
            raise ValueError(
                f'{path} has no category {missing}; it has {sorted(names.values())}'
            )
        self._ids = {name: i for i, name in enumerate(self.classes, start=1)}
        self._instances: dict[str, list[Instance]] = {n: [] for n in self._image_names}
        self._size_of = {self._names[i]: size for i, size in self._sizes.items()}
        self._add(table['annotations'], names)

    @property
    def _image_names(self) -> list[str]:
        return list(self._names.values())

    def _add(self, annotations: Sequence[dict], names: dict[int, str]) -> None:
        for entry in annotations:
            name = self._names.get(entry.get('image_id'))
            category = entry.get('category_id')
            if name is None or (category in names and names[category] not in self._ids):
                continue  # of an image or a class that is not asked for
            self._instances[name].append(
                Instance(
                    entry.get('id', 0),
                    self._ids.get(names.get(category)),
                    category,
                    bool(entry.get('iscrowd', 0)),
                    entry.get('segmentation'),
                )
            )

    def index(self) -> ClassIndex:
        """As in :class:`MaskSource`."""
        from pycocotools import mask as rle_tools

        errors: dict[str, str] = {}
        names, rows = tuple(sorted(self._instances)), []
        for place, name in enumerate(names):
            size = self._size_of[name]
            faults = {i.annotation_id: fault(i, *size) for i in self._instances[name]}
            wrong = [f'annotation {i}: {why}' for i, why in faults.items() if why]
            if wrong:
                errors[name] = f'{name}: {"; ".join(wrong)}; mend it in the JSON'
                continue
            for class_id, rles in self._rles(name).items():
                area = int(rle_tools.area(rle_tools.merge(rles)))
                rows.append((place, class_id, area, 0))
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows[rows[:, 2] > 0], errors)

    def _rles(self, name: str) -> dict[int, list[dict]]:
        found: dict[int, list[dict]] = {}
        for instance in self._instances[name]:
            if not instance.is_crowd:
                rle = to_rle(instance.segmentation, *self._size_of[name])
                found.setdefault(instance.class_id, []).append(rle)
        return found

    def info(self, name: str, class_id: int) -> dict:
        """As in :class:`MaskSource`."""
        wanted = [i for i in self._instances[name] if i.class_id == class_id]
        return dict(instances=wanted, mask_size=self._size_of[name])


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
    found = (path.name for path in mask_dir.iterdir() if path.is_dir())
    return sorted(name for name in found if not name.startswith('.'))


def binary_counts(table: MaskTable) -> list[tuple[int, int, int]]:
    """Mask, foreground pixels and those on the grid, of each mask that shows any."""
    values = table.rows[:, 0]
    top = np.zeros(len(table.names), dtype=np.int64)
    np.maximum.at(top, table.mask_ids, values)
    fg = np.where(top[table.mask_ids] > 1, values >= BINARY_THRESHOLD, values == 1)
    counts = np.zeros((len(table.names), 2), dtype=np.int64)
    np.add.at(counts, table.mask_ids[fg], table.rows[fg][:, 1:3])
    return [(i, *map(int, counts[i])) for i in np.flatnonzero(counts[:, 0])]
