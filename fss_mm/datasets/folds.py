"""Class tables and folds, as data.

A fold is the group of classes held out; class ids count from 1, 0 is the background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..utils.random_words import Stream, random_words, sample_distinct

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
    if not folds:
        raise ValueError(f'folds={folds!r}, expected at least one group of classes')
    if not isinstance(fold, int) or not 0 <= fold < len(folds):
        raise ValueError(
            f'fold={fold!r}, expected a whole number from 0 to {len(folds) - 1}'
        )
    return folds[fold]


def class_table(metainfo: Mapping) -> tuple[str, ...]:
    """Names of the classes, whose ids are 1, 2, ...

    Raises:
        ValueError: If they are not there, or no list of names.
    """
    found = metainfo.get('classes')
    if not isinstance(found, (list, tuple)) or not all(type(n) is str for n in found):
        raise ValueError(f'metainfo={metainfo!r}, expected classes=<a list of names>')
    return tuple(found)


def class_ids(classes: Sequence[int | str], table: Sequence[str]) -> tuple[int, ...]:
    """Ids of classes that are given by id or by name, sorted.

    Raises:
        ValueError: If one is not in the table.
    """
    ids_of = {name: i for i, name in enumerate(table, start=1)}
    ids = [ids_of.get(c, c) for c in classes]
    for given, class_id in zip(classes, ids):
        if class_id not in ids_of.values():
            raise ValueError(
                f'class {given!r} is not among the {len(table)} classes '
                f'{tuple(table)}; give a name or an id from 1 to {len(table)}'
            )
    return tuple(sorted(set(ids)))


def drawn_folds(
    num_classes: int, num_folds: int = 4, seed: int = 0
) -> tuple[tuple[int, ...], ...]:
    """Class ids in folds drawn from a seed, of sizes that differ by one at most.

    Raises:
        ValueError: If there are fewer classes than folds.
    """
    if not 1 <= num_folds <= num_classes:
        raise ValueError(f'{num_classes} classes do not make {num_folds} folds')
    words = random_words(seed, 0, num_classes, Stream.FOLDS)
    order = sample_distinct(words, num_classes)
    return tuple(
        tuple(sorted(place + 1 for place in order[f::num_folds]))
        for f in range(num_folds)
    )


def folds_of(ids: Sequence[int], folds: Mapping | None) -> tuple[tuple[int, ...], ...]:
    """Divide some of the classes into folds.

    Args:
        ids (Sequence[int]): Class ids.
        folds (Mapping, optional): ``num_folds`` and ``seed`` of :func:`drawn_folds`;
            None for four groups in the order of the ids.

    Raises:
        ValueError: If they do not make so many folds.
    """
    number = len(ids)
    places = contiguous_folds(number) if folds is None else drawn_folds(number, **folds)
    return tuple(tuple(ids[place - 1] for place in fold) for fold in places)


def novel_class_ids(
    table: Sequence[str],
    fold: int | None,
    folds: Sequence[Sequence[int | str]] | None,
    novel: Sequence[int | str] | None,
) -> tuple[int, ...]:
    """Ids of the classes that are held out, by fold or one by one.

    Args:
        table (Sequence[str]): Names of all classes.
        fold (int, optional): Number of the fold.
        folds (Sequence[Sequence[int | str]], optional): The folds' classes; None for
            four groups of consecutive ids.
        novel (Sequence[int | str], optional): The classes, instead of a fold.

    Raises:
        ValueError: If both or neither are given, or do not exist.
    """
    if (fold is None) == (novel is None):
        raise ValueError(
            f'fold={fold} and novel_classes={novel}: give one of the two, to say '
            'which classes are held out'
        )
    if novel is not None:
        return class_ids(novel, table)
    folds = contiguous_folds(len(table)) if folds is None else folds
    return class_ids(held_out_classes(folds, fold), table)
