"""A user's masks in a JSON of COCO's format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..utils.extras import require
from ..utils.text import join_lines
from .class_index import ClassIndex
from .coco_instances import MEND, Instance, fault, read_json, to_rle
from .file_listing import composed, name_of


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
        if not path.is_file():
            raise FileNotFoundError(
                f'{str(path)!r} does not exist; check data_root and annotations'
            )
        table = read_json(path, "export it again, in COCO's format of instances")
        self.path = path
        try:
            categories = {c['id']: composed(c['name']) for c in table['categories']}
            self.classes = self._chosen(categories, classes)
            images = {image['id']: image for image in table['images']}
            names = {i: name_of(image['file_name']) for i, image in images.items()}
            self.sizes = {
                names[i]: (image['height'], image['width'])
                for i, image in images.items()
            }
            self._errors = self._repeated(names)
            self._add(table['annotations'], categories, names)
        except KeyError as error:
            raise ValueError(f'{path}: an entry without {error}; add it') from error
        except (TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not in COCO's format: {error}") from error

    def _chosen(
        self, categories: dict[int, str], classes: Sequence[str] | None
    ) -> tuple[str, ...]:
        names = [categories[i] for i in sorted(categories)]
        if len(set(names)) < len(names):
            double = [name for name, times in Counter(names).items() if times > 1]
            raise ValueError(
                f'{self.path} has several categories {double}; give each its own name'
            )
        missing = sorted(set(classes or ()) - set(names))
        if missing:
            raise ValueError(
                f'{self.path} has no category {missing}; it has {sorted(names)}'
            )
        return tuple(classes or names)

    def _repeated(self, names: dict[int, str]) -> list[tuple[str, str]]:
        return [
            (name, f'{self.path.name}, {name}: {times} images of this name; {MEND}')
            for name, times in Counter(names.values()).items()
            if times > 1
        ]

    def _add(
        self,
        annotations: Sequence[dict],
        categories: dict[int, str],
        names: dict[int, str],
    ) -> None:
        ids = {name: i for i, name in enumerate(self.classes, start=1)}
        self._instances: dict[str, list[Instance]] = {name: [] for name in self.sizes}
        for entry in annotations:
            image, category = entry.get('image_id'), entry.get('category_id')
            if category in categories and categories[category] not in ids:
                continue  # of a class that is not asked for
            if image not in names:
                label = f'annotation {entry.get("id")}'
                why = f'image id {image!r} is not among the images; {MEND}'
                self._errors.append((label, f'{self.path.name}, {label}: {why}'))
                continue
            self._instances[names[image]].append(
                Instance(
                    entry.get('id', 0),
                    ids.get(categories.get(category)),
                    category,
                    bool(entry.get('iscrowd', 0)),
                    entry.get('segmentation'),
                )
            )

    def index(self) -> ClassIndex:
        """As in :class:`~.mask_sources.MaskSource`."""
        from pycocotools import mask as rle_tools

        errors, names, rows = list(self._errors), tuple(sorted(self._instances)), []
        for place, name in enumerate(names):
            wrong = self._faults(name)
            errors += [(name, line) for line in wrong]
            for class_id, rles in {} if wrong else self._rles(name).items():
                area = int(rle_tools.area(rle_tools.merge(rles)))
                rows.append((place, class_id, area, 0))
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows[rows[:, 2] > 0], join_lines(errors))

    def _faults(self, name: str) -> list[str]:
        """A line for each annotation that cannot be drawn."""
        size = self.sizes[name]
        return [
            f'{self.path.name}, {name}, annotation {i.annotation_id}: {why}; {MEND}'
            for i in self._instances[name]
            if (why := fault(i, *size))
        ]

    def _rles(self, name: str) -> dict[int, list[dict]]:
        found: dict[int, list[dict]] = {}
        for instance in self._instances[name]:
            if not instance.is_crowd:
                rle = to_rle(instance.segmentation, *self.sizes[name])
                found.setdefault(instance.class_id, []).append(rle)
        return found

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`~.mask_sources.MaskSource`."""
        own = self._instances[name]
        return dict(
            instances=[i for i in own if i.class_id == class_id],
            ignored_instances=[i for i in own if i.class_id in ignored],
            mask_size=self.sizes[name],
        )
