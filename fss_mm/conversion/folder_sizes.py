"""Objects that vanish where their masks are resized."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ..datasets import LoadFewShotMask
from ..index.class_index import ClassIndex
from ..index.mask_sources import MaskSource
from ..index.resized_masks import pixels_after_resizing
from ..utils.text import shorten

_SHOWN = 3


class ShownClass(NamedTuple):
    """A class in an image.

    Args:
        name (str): Of the image.
        class_id (int): The class.
        size (tuple[int, int]): Height and width of the image, and of its mask.
    """

    name: str
    class_id: int
    size: tuple[int, int]


def shown_classes(
    index: ClassIndex, sizes: dict[str, tuple[int, int]], num_classes: int
) -> list[ShownClass]:
    """Every class in every image whose size is known.

    Args:
        index (ClassIndex): Of the images.
        sizes (dict[str, tuple[int, int]]): Of each image by its name.
        num_classes (int): Number of classes in the table.
    """
    pairs = zip(index.image_ids.tolist(), index.class_ids.tolist())
    named = ((index.names[image], class_id) for image, class_id in pairs)
    return [
        ShownClass(name, class_id, sizes[name])
        for name, class_id in named
        if class_id <= num_classes and name in sizes
    ]


def vanishing(
    source: MaskSource,
    shown: Sequence[ShownClass],
    size: tuple[int, int],
    workers: int = 1,
) -> list[ShownClass]:
    """Those of which no pixel is left once their mask is resized.

    Args:
        source (MaskSource): The masks.
        shown (Sequence[ShownClass]): What to look at.
        size (tuple[int, int]): (h, w) to resize to.
        workers (int): Threads. Defaults to 1.
    """
    smaller = [one for one in shown if size[0] < one.size[0] or size[1] < one.size[1]]
    load = LoadFewShotMask()

    def vanishes(one: ShownClass) -> bool:
        found = load(
            dict(
                source.info(one.name, one.class_id),
                name=one.name,
                ori_shape=one.size,
                class_id=one.class_id,
                num_classes=len(source.classes),
                seg_fields=[],
            )
        )
        return not pixels_after_resizing(found['gt_seg_map'] == 1, size)

    with ThreadPoolExecutor(workers) as pool:
        gone = list(pool.map(vanishes, smaller))
    return [one for one, is_gone in zip(smaller, gone) if is_gone]


def vanishing_remarks(
    classes: Sequence[str],
    number: int,
    gone: dict[tuple[int, int], Sequence[ShownClass]],
) -> list[str]:
    """On objects that vanish at the sizes of a config.

    Args:
        classes (Sequence[str]): Names.
        number (int): How many were looked at.
        gone (dict): Size (height, width) to those that vanish there.
    """

    def names(found: Sequence[ShownClass]) -> str:
        pairs = [f'{classes[one.class_id - 1]!r} in {one.name}' for one in found]
        return shorten(pairs, _SHOWN)

    return [
        f'{len(found)} of {number} masks of a class lose it where they are resized to '
        f'{height} x {width} (height x width), the size in the config below; train '
        f'with a larger scale in its pipelines: {names(found)}'
        for (height, width), found in gone.items()
        if found
    ]
