"""What COCO's JSON of instances says, checked."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ..datasets.folds import COCO_CLASSES
from ..index.instance_faults import MEND
from ..index.instances import Instance
from .problems import Problem


def class_ids_of(categories: Iterable[dict]) -> dict[int, int]:
    """COCO's category ids to class ids: 1 ... 80 in their order.

    Args:
        categories (Iterable[dict]): Of the JSON, with ``id`` and ``name``.

    Raises:
        ValueError: If the names are not those of ``COCO_CLASSES``.
    """
    ordered = sorted(categories, key=lambda category: category['id'])
    names = tuple(category['name'] for category in ordered)
    if names != COCO_CLASSES:
        pairs = zip((*names, None), (*COCO_CLASSES, None))
        found, expected = next(pair for pair in pairs if pair[0] != pair[1])
        raise ValueError(
            f'the JSON has {len(names)} categories with {found!r} where {expected!r} '
            f'is expected among {len(COCO_CLASSES)}; use the instances_*.json of '
            'MS COCO'
        )
    return {category['id']: i for i, category in enumerate(ordered, start=1)}


def group_instances(
    table: dict,
) -> tuple[dict[int, list[Instance]], list[Problem]]:
    """Instances of each image id, and the annotations of images that are not listed."""
    class_ids = class_ids_of(table['categories'])
    known = {entry['id'] for entry in table['images']}
    groups: dict[int, list[Instance]] = defaultdict(list)
    problems = []
    for entry in table['annotations']:
        image = entry.get('image_id')
        if image not in known:
            reason = f'image id {image} is not among the images'
            problems.append(Problem(f'annotation {entry.get("id")}', reason, MEND))
        groups[image].append(
            Instance(
                entry.get('id', 0),
                class_ids.get(entry.get('category_id')),
                entry.get('category_id'),
                bool(entry.get('iscrowd', 0)),
                entry.get('segmentation'),
            )
        )
    return groups, problems


def unlisted_images(folder: Path, listed: set[str]) -> list[Problem]:
    """Images in the folder that the JSON does not know: what they show is unknown."""
    names = (name for name in os.listdir(folder) if name.endswith('.jpg'))
    reason = 'the JSON does not list this image, so that it gets no mask'
    remedy = 'move it out of the folder'
    return [
        Problem(str(folder / name), reason, remedy)
        for name in sorted(names)
        if name not in listed
    ]
