"""Which classes have too few images, as lines of text."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ..index.class_index import ClassIndex
from ..utils.text import group_lines, shorten
from .annotation_findings import CROWDS

FEWEST_IMAGES = 2  # a support and a query
LEAVE_OUT = f'--min-images {FEWEST_IMAGES} (in a config min_images={FEWEST_IMAGES})'


def class_counts(index: ClassIndex, num_classes: int) -> np.ndarray:
    """Images and pixels of each class: (num_classes, 2) int64."""
    counts = np.zeros((num_classes, 2), dtype=np.int64)
    inside = index.class_ids <= num_classes
    ids = index.class_ids[inside] - 1
    np.add.at(counts[:, 0], ids, 1)
    np.add.at(counts[:, 1], ids, index.pixels[inside])
    return counts


def class_problems(
    classes: Sequence[str],
    counts: np.ndarray,
    min_images: int = 0,
    crowds: dict[str, tuple[int, int]] | None = None,
    unusable: Collection[str] = (),
) -> list[str]:
    """A line for each cause why no episode can be drawn of a class.

    Args:
        classes (Sequence[str]): Names.
        counts (np.ndarray): (C, 2) as :func:`class_counts` makes it.
        min_images (int): Classes in fewer images are left out. Defaults to 0.
        crowds (dict, optional): As in :func:`crowd_remarks`. Defaults to None.
        unusable (Collection[str]): Classes whose objects are problems of their own, so
            that they cannot be counted. Defaults to ().
    """
    images = dict(zip(classes, counts[:, 0].tolist()))
    drawn = [name for name, n in images.items() if n >= min_images]
    if images and not drawn:
        return [
            f'--min-images {min_images}: leaves out all classes, which are in '
            f'{max(images.values())} images at most; add images, or lower it'
        ]
    poor = [n for n in drawn if images[n] < FEWEST_IMAGES and n not in unusable]
    others = f', or leave the class out with {LEAVE_OUT}' if poor != drawn else ''
    lines = []
    for name in poor:
        of_crowds, objects = (crowds or {}).get(name, (0, 1))
        if of_crowds == objects:
            why = 'all objects are crowds (iscrowd 1), which are ignored; take them as '
            why += f'objects with {CROWDS}'
        elif not images[name]:
            why = 'no pixel in any usable mask; add masks'
        else:
            why = f'an episode needs {FEWEST_IMAGES} images; add images'
        number = f' (images: {images[name]})' if images[name] else ''
        lines.append(f'class {name!r}{number}: {why}{others}')
    return group_lines(lines, 'classes', most=10)


def left_out_remarks(
    classes: Sequence[str], counts: np.ndarray, min_images: int
) -> list[str]:
    """On classes with too few images, where they are left out."""
    poor = [
        f'{name!r} ({images})'
        for name, images in zip(classes, counts[:, 0].tolist())
        if images < min_images
    ]
    if not poor:
        return []
    return [
        f'classes in less than {min_images} images are left out, that is '
        f'background in all episodes: {shorten(poor)}'
    ]
