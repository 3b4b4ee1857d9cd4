"""Annotated objects as polygons or run lengths (RLE), and as masks of a class."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .mask_values import GRID_OFFSET, GRID_STEP

CROWD = 255


class Instance(NamedTuple):
    """One annotated object.

    Args:
        annotation_id (int): Its number in the file.
        class_id (int, optional): 1, 2, ...; None for a category that is unknown.
        category_id (int | str): What the file calls its class.
        is_crowd (bool): Whether it is a region of many objects, which is ignored.
        segmentation (Any): As in COCO's JSON: a list of polygons [x, y, x, y, ...], or
            an RLE dict with ``size`` (H, W) and ``counts``.
        has_box (bool): Whether the file gives a box, too. Defaults to False.
    """

    annotation_id: int
    class_id: int | None
    category_id: int | str
    is_crowd: bool
    segmentation: Any
    has_box: bool = False


def to_rle(segmentation: Any, height: int, width: int) -> dict:
    """COCO's compressed RLE of a segmentation in any of its forms."""
    from pycocotools import mask as rle_tools  # an extra

    if isinstance(segmentation, list):
        return rle_tools.merge(rle_tools.frPyObjects(segmentation, height, width))
    if isinstance(segmentation['counts'], list):
        return rle_tools.frPyObjects(segmentation, height, width)
    return segmentation


def rle_of(mask: np.ndarray) -> dict:
    """COCO's compressed RLE of a mask, (H, W) bool."""
    from pycocotools import mask as rle_tools  # an extra

    return rle_tools.encode(np.asfortranarray(mask, dtype=np.uint8))


def count_pixels(rles: Sequence[dict], height: int, width: int) -> tuple[int, int]:
    """Pixels of objects, and of these the ones on OSLSM's grid.

    Objects that overlap count once. Nothing is decoded.

    Args:
        rles (Sequence[dict]): Compressed RLEs.
        height (int): Of the image.
        width (int): Of the image.
    """
    from pycocotools import mask as rle_tools

    shown = rle_tools.merge(rles)
    on_grid = rle_tools.merge([shown, _grid(height, width)], intersect=True)
    return int(rle_tools.area(shown)), int(rle_tools.area(on_grid))


@lru_cache(maxsize=256)
def _grid(height: int, width: int) -> dict:
    """Compressed RLE of the grid's pixels."""
    mask = np.zeros((height, width), dtype=bool)
    mask[GRID_OFFSET::GRID_STEP, GRID_OFFSET::GRID_STEP] = True
    return rle_of(mask)


def draw_class(instances: Sequence[Instance], height: int, width: int) -> np.ndarray:
    """(H, W): 1 where an object is, else 255 where a crowd is, else 0."""
    from pycocotools import mask as rle_tools

    mask = np.zeros((height, width), dtype=np.uint8)
    for crowd, value in ((True, CROWD), (False, 1)):
        rles = [
            to_rle(i.segmentation, height, width)
            for i in instances
            if i.is_crowd == crowd
        ]
        if rles:
            mask[rle_tools.decode(rle_tools.merge(rles)) > 0] = value
    return mask
