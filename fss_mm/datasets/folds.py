"""Class tables and folds, as data.

A fold is the group of classes held out; class ids count from 1, 0 is the background.
"""

from __future__ import annotations

from collections.abc import Sequence

VOC_CLASSES = (
    'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair',
    'cow', 'diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant',
    'sheep', 'sofa', 'train', 'tvmonitor',
)  # fmt: skip

COCO_CLASSES = (
    'person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck',
    'boat', 'traffic light', 'fire hydrant', 'stop sign', 'parking meter', 'bench',
    'bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra',
    'giraffe', 'backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee', 'skis',
    'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard',
    'surfboard', 'tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife',
    'spoon', 'bowl', 'banana', 'apple', 'sandwich', 'orange', 'broccoli', 'carrot',
    'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch', 'potted plant', 'bed',
    'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard',
    'cell phone', 'microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book',
    'clock', 'vase', 'scissors', 'teddy bear', 'hair drier', 'toothbrush',
)  # fmt: skip


def interleaved_folds(num_classes: int, num_folds: int = 4) -> tuple[tuple[int, ...]]:
    """Every fourth class id, as most papers divide COCO: 1, 5, 9, ...; 2, 6, 10, ..."""
    return tuple(
        tuple(range(f + 1, num_classes + 1, num_folds)) for f in range(num_folds)
    )


def contiguous_folds(num_classes: int, num_folds: int = 4) -> tuple[tuple[int, ...]]:
    """Consecutive class ids in equal groups, as PASCAL-5^i: 1-5, 6-10, 11-15, 16-20.

    Raises:
        ValueError: If the classes do not divide evenly.
    """
    size, rest = divmod(num_classes, num_folds)
    if rest or not size:
        raise ValueError(f'{num_classes} classes do not make {num_folds} equal folds')
    return tuple(
        tuple(range(f * size + 1, (f + 1) * size + 1)) for f in range(num_folds)
    )


def held_out_classes(folds: Sequence[Sequence], fold: int) -> Sequence:
    """Class ids that fold ``fold`` holds out.

    Raises:
        ValueError: If there is no such fold.
    """
    if not isinstance(fold, int) or not 0 <= fold < len(folds):
        raise ValueError(
            f'fold={fold!r}, expected a whole number from 0 to {len(folds) - 1}'
        )
    return folds[fold]
