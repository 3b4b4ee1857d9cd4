"""Masks of a class, drawn of annotated objects."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..utils.text import join_lines
from .annotations import AnnotatedImage, Annotations
from .class_index import ClassIndex
from .instance_faults import fault
from .instances import Instance, to_rle


class InstanceSource:
    """A :class:`~.mask_sources.MaskSource` of polygons and run lengths.

    Crowds are ignored pixels. Annotations that cannot be drawn are errors of their
    image.

    Args:
        annotations (Annotations): Of any tool.
    """

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.classes = annotations.classes

    def index(self) -> ClassIndex:
        """As in :class:`~.mask_sources.MaskSource`."""
        return self._index

    @cached_property
    def _index(self) -> ClassIndex:
        from pycocotools import mask as rle_tools

        images = self.annotations.images
        errors, names, rows = list(self.annotations.errors), tuple(sorted(images)), []
        for place, name in enumerate(names):
            wrong = _faults(images[name])
            errors += [(name, line) for line in wrong]
            for class_id, rles in {} if wrong else _rles(images[name]).items():
                area = int(rle_tools.area(rle_tools.merge(rles)))
                rows.append((place, class_id, area, 0))
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows[rows[:, 2] > 0], join_lines(errors))

    def info(self, name: str, class_id: int) -> dict:
        """As in :class:`~.mask_sources.MaskSource`."""
        image = self.annotations.images[name]
        wanted: list[Instance] = [i for i in image.instances if i.class_id == class_id]
        return dict(instances=wanted, mask_size=image.size)


def _faults(image: AnnotatedImage) -> list[str]:
    """A line for each annotation that cannot be drawn."""
    found = ((i.annotation_id, fault(i, *image.size)) for i in image.instances)
    return [
        f'{image.label}, annotation {number}: {why.reason}; {why.remedy}'
        for number, why in found
        if why
    ]


def _rles(image: AnnotatedImage) -> dict[int, list[dict]]:
    found: dict[int, list[dict]] = {}
    for instance in image.instances:
        if not instance.is_crowd:
            rle = to_rle(instance.segmentation, *image.size)
            found.setdefault(instance.class_id, []).append(rle)
    return found
