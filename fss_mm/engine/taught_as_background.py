"""Held-out classes that training teaches as background.

In an episode all pixels but those of its class, and the ignored ones, are supervised as
background: so are those of a held-out class, where its images are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset

from ..datasets.class_synonyms import fold_name
from ..utils.text import shorten


def background_pixels(train: Dataset, names: set[str]) -> dict[str, tuple[int, int]]:
    """Held-out classes on the images of a training data set's episodes.

    Args:
        train (Dataset): The data set; has ``candidates`` and ``index``.
        names (set[str]): Folded names of the held-out classes.

    Returns:
        dict[str, tuple[int, int]]: Class to number of images and of pixels, as its
        masks have them, of each that is taught as background.
    """
    index, candidates = train.index, train.candidates
    shown = np.concatenate([np.empty(0, int), *candidates.images.values()])
    own = {*candidates.classes, *getattr(train, 'ignored_classes', ())}
    found = {}
    for class_id, name in enumerate(getattr(train, 'classes', ()), start=1):
        if class_id in own or fold_name(name) not in names:
            continue
        rows = (index.class_ids == class_id) & np.isin(index.image_ids, shown)
        if rows.any():
            found[name] = int(rows.sum()), int(index.pixels[rows].sum())
    return found


def describe_background(train: Sequence[Dataset], names: set[str]) -> str:
    """What is taught as background, and how to choose; '' if nothing is.

    Args:
        train (Sequence[Dataset]): The data sets of training.
        names (set[str]): Folded names of the held-out classes.
    """
    found = [
        f'{name!r} ({images} images, {pixels} pixels)'
        for dataset in train
        for name, (images, pixels) in background_pixels(dataset, names).items()
    ]
    if not found:
        return ''
    return (
        f'held-out classes are taught as background: {shorten(found)} '
        "(novel_images='ignore' sets these pixels to 255, 'drop' leaves the images out)"
    )
