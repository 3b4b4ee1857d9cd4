"""What training and testing must not share: classes and images.

All functions take data sets that have ``candidates`` and ``index``, see
:class:`~fss_mm.datasets.FewShotSegDataset`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch.utils.data import Dataset

from ..datasets.class_synonyms import fold_name
from ..utils.text import shorten

Stats = dict[str, os.stat_result | None]
CLASS_REMEDY = (
    'Hold them out in training: give all data sets the same fold or novel_classes, and '
    'those of validation and test test_mode=True'
)
IMAGE_REMEDY = (
    'Train and test on separate images: where one picture has two names, remove one of '
    'the files, with its mask; else give the data sets other lists (split), or '
    "novel_images='drop' to that of training, which leaves out the images of novel "
    'classes. For a protocol that tests on training images: custom_hooks=['
    "dict(type='SyncBuffersHook'), dict(type='LeakCheckHook', "
    'allow_shared_images=True)]'
)
UNCHECKED_REMEDY = (
    'train on a data set of fss_mm, or look yourself whether a held-out class or image '
    "is trained, and say so: custom_hooks=[dict(type='SyncBuffersHook'), "
    "dict(type='LeakCheckHook', allow_unchecked=True)]"
)
_BLOCK, _PLACES = 256, 8  # what is compared of a file before all of it is


@dataclass(frozen=True)
class LeakReport:
    """What was compared, and what was found.

    Args:
        compared (str): Numbers of classes and images on both sides.
        means (str): What images were compared by.
        trained (str): Held-out classes that are trained; '' for none.
        shared (str): Held-out images that are trained; '' for none.
    """

    compared: str
    means: str
    trained: str
    shared: str


def find_leaks(train: Sequence[Dataset], held_out: Sequence[Dataset]) -> LeakReport:
    """Compare the data sets of training with those of validation and test."""
    names = class_names(held_out)
    seen, tested = candidate_images(train), candidate_images(held_out)
    trained = [found for one in train for found in supervised_pixels(one, names)]
    shared = shared_images(seen, tested)
    return LeakReport(
        f'{len(class_names(train))} classes, {len(seen)} images in training; '
        f'{len(names)} held-out classes ({shorten(sorted(names))}), '
        f'{len(tested)} images',
        'path and content' if any(tested.values()) else 'name',
        _describe_classes(trained) if trained else '',
        _describe_images(shared, len(tested)) if shared else '',
    )


def few_shot_datasets(
    datasets: Sequence[Dataset],
) -> tuple[list[Dataset], list[Dataset]]:
    """Look into wrappers: the data sets that have candidates, and the others."""
    ours, others = [], []
    for dataset in datasets:
        inside = getattr(dataset, 'datasets', None)
        if inside is not None:
            inside = inside.values() if isinstance(inside, Mapping) else inside
            for found, more in zip((ours, others), few_shot_datasets(list(inside))):
                found += more
        else:
            (ours if hasattr(dataset, 'candidates') else others).append(dataset)
    return ours, others


def describe_unchecked(train: object, held_out: Sequence[Dataset]) -> str:
    """What can be said of a training data set that has no candidates.

    Args:
        train (object): The data set; its ``metainfo['classes']`` are compared, if any.
        held_out (Sequence[Dataset]): Data sets of validation and test.
    """
    names = class_names(held_out)
    own = (getattr(train, 'metainfo', None) or {}).get('classes') or ()
    among = [name for name in own if fold_name(name) in names]
    if among:
        found = 'it has held-out classes among its own: '
        found += shorten([repr(name) for name in among])
    elif own:
        found = f'none of the {len(names)} held-out classes is among its {len(own)}'
    else:
        found = 'it does not name its classes'
    return (
        f'of the training data set {type(train).__name__} no episodes are drawn (it '
        f'has no candidates), so that it cannot be checked: {found}'
    )


def class_names(datasets: Iterable[Dataset]) -> set[str]:
    """Folded names of the classes that episodes are drawn of."""
    tables = [dataset.candidates.class_names for dataset in datasets]
    return {fold_name(name) for table in tables for name in table.values()}


def supervised_pixels(train: Dataset, names: set[str]) -> list[tuple[str, int, int]]:
    """Held-out classes among a training data set's candidates.

    Args:
        train (Dataset): The data set.
        names (set[str]): Folded names of the held-out classes.

    Returns:
        list[tuple[str, int, int]]: Name, number of images and of pixels of each that is
        trained.
    """
    found, index = [], train.index
    for class_id, images in train.candidates.images.items():
        name = train.candidates.class_names[class_id]
        rows = (index.class_ids == class_id) & np.isin(index.image_ids, images)
        if fold_name(name) in names and rows.any():
            found.append((name, int(rows.sum()), int(index.pixels[rows].sum())))
    return found


def candidate_images(datasets: Iterable[Dataset]) -> Stats:
    """The images that episodes are drawn from, as query or support.

    Returns:
        dict[str, os.stat_result | None]: Path to what the disk says of the file, or
        name to None where an image has no file.
    """
    found: Stats = {}
    for dataset in datasets:
        files = getattr(dataset, 'image_files', {})
        places = [np.empty(0, int), *dataset.candidates.images.values()]
        for place in np.unique(np.concatenate(places)):
            name = dataset.index.names[place]
            file = files.get(name, f'{name}{dataset.img_suffix}')
            path = os.path.join(dataset.img_dir, file)
            try:
                found[path] = os.stat(path)
            except (FileNotFoundError, NotADirectoryError):
                found[name] = None
    return found


def shared_images(train: Stats, held_out: Stats) -> dict[str, str]:
    """Which held-out images are training images, too.

    Args:
        train (dict[str, os.stat_result | None]): Of :func:`candidate_images`.
        held_out (dict[str, os.stat_result | None]): Likewise.

    Returns:
        dict[str, str]: Held-out image to a training image that is the same one.
    """
    own = {_identity(*item): item[0] for item in train.items()}
    found = {item[0]: own.get(_identity(*item)) for item in held_out.items()}
    same = {name: twin for name, twin in found.items() if twin is not None}
    rest = {name: held_out[name] for name in found.keys() - same.keys()}
    return same | _same_content(train, rest)


def _identity(name: str, stat: os.stat_result | None) -> str | tuple[int, int]:
    """What ``os.path.samefile`` compares: links are followed."""
    return name if stat is None else (stat.st_dev, stat.st_ino)


def _same_content(train: Stats, held_out: Stats) -> dict[str, str]:
    """Equal files: by size, then by a little from all over them, then by SHA-256.

    Among 100,000 images most have the size of another one, and black margins may make
    any one place alike; some places from all over tell them apart, and are soon read.
    """
    stats = train | held_out
    digests = (lambda path: stats[path].st_size, samples_of, _sha256)
    ours, theirs = ([p for p in side if side[p]] for side in (train, held_out))
    for digest in digests:
        ours, theirs = _in_both(ours, theirs, digest)
    twins = {digest: path for path, digest in ours.items()}
    return {path: twins[digest] for path, digest in theirs.items()}


def _in_both(
    ours: Iterable[str], theirs: Iterable[str], digest: Callable[[str], object]
) -> list[dict[str, object]]:
    """The paths of either side, with their digest, whose digest both sides have."""
    sides = [{path: digest(path) for path in side} for side in (ours, theirs)]
    both = set(sides[0].values()) & set(sides[1].values())
    return [{p: d for p, d in side.items() if d in both} for side in sides]


def samples_of(path: str) -> tuple[int, bytes]:
    """Size of a file, and a little from places all over it; all of a small file."""
    with open(path, 'rb') as file:
        size = file.seek(0, os.SEEK_END)
        block, places = size, [0]
        if size > _BLOCK * _PLACES:
            last = size - _BLOCK
            block, places = _BLOCK, [last * i // (_PLACES - 1) for i in range(_PLACES)]
        found = []
        for place in places:
            file.seek(place)
            found.append(file.read(block))
        return size, b''.join(found)


def _sha256(path: str) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()


def _describe_classes(trained: Sequence[tuple[str, int, int]]) -> str:
    found = [
        f'{n!r} ({images} images, {pixels} pixels)' for n, images, pixels in trained
    ]
    return (
        'held-out classes, of which validation or test episodes are drawn, are '
        f'trained: {shorten(found)}'
    )


def _describe_images(shared: dict[str, str], total: int) -> str:
    pairs = [
        name if name == twin else f'{name} (in training: {twin})'
        for name, twin in sorted(shared.items())
    ]
    return (
        f'{len(shared)} of {total} images of validation or test episodes are trained: '
        f'{shorten(pairs, 3)}'
    )
