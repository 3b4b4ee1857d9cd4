"""Prompts whose pixels are known: what is inside of a polygon, on lines and strokes.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce

import cv2
import numpy as np

from ...index.instances import to_rle
from ...utils.extras import require
from .kinds import Line, Point, Polygon, Scribbles

OBJECT, OTHER = 1, 2
"""What a stroke marks; 0 is where there is none."""


def pixel_of(point: Point) -> tuple[int, int]:
    """Column and row of the pixel in which a point lies."""
    return math.floor(point[0]), math.floor(point[1])


def draw_polygon(polygon: Polygon, size: tuple[int, int]) -> np.ndarray:
    """Pixels of a polygon, as those of LabelMe's and COCO's polygons are.

    Args:
        polygon (Polygon): Rings; those in others are holes.
        size (tuple[int, int]): H and W.

    Returns:
        np.ndarray: (H, W), bool.

    Raises:
        ImportError: If pycocotools is not installed.
    """
    require('pycocotools', extra='data')
    from pycocotools.mask import decode

    flat = [[value for point in ring for value in point] for ring in polygon.rings]
    return reduce(np.logical_xor, (decode(to_rle([r], *size)) > 0 for r in flat))


def draw_scribbles(scribbles: Scribbles, size: tuple[int, int]) -> np.ndarray:
    """Lines as strokes.

    Args:
        scribbles (Scribbles): Lines of one width.
        size (tuple[int, int]): H and W.

    Returns:
        np.ndarray: (H, W), uint8: :data:`OBJECT`, :data:`OTHER`, or 0, also where both
        kinds of lines cross.
    """
    both = [
        _drawn(lines, size, scribbles.width)
        for lines in (scribbles.positive, scribbles.negative)
    ]
    return merge_strokes(*both)


def merge_strokes(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Strokes of both kinds, (H, W) bool each, as one map (H, W), uint8."""
    strokes = np.zeros(positive.shape, np.uint8)
    strokes[positive & ~negative] = OBJECT
    strokes[negative & ~positive] = OTHER
    return strokes


def connected(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Pieces of a mask that hold a seed; both and the result are (H, W), bool."""
    pieces = cv2.connectedComponents(mask.astype(np.uint8))[1]
    return mask & np.isin(pieces, np.unique(pieces[seeds & mask]))


def _drawn(lines: Iterable[Line], size: Sequence[int], width: int) -> np.ndarray:
    drawn = np.zeros(size, np.uint8)
    for line in lines:
        pixels = [pixel_of(point) for point in line]
        if len(pixels) == 1:  # of which OpenCV draws nothing
            pixels *= 2
        cv2.polylines(drawn, [np.array(pixels, np.int32)], False, 1, width)
    return drawn > 0
