"""What is wrong with an annotated object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .instances import Instance

MEND = 'correct or delete the annotation in the JSON'
_FEWEST_NUMBERS = 6  # three points


class Fault(NamedTuple):
    """Why an annotation cannot be used, the same text for all of one cause.

    Args:
        reason (str): What is wrong.
        remedy (str): What to do. Defaults to :data:`MEND`.
    """

    reason: str
    remedy: str = MEND


def fault(instance: Instance, height: int, width: int) -> Fault | None:
    """What is wrong with an instance, None if nothing is.

    pycocotools must not see what is wrong: it reads beyond wrong run lengths, and takes
    all memory for coordinates without an end.
    """
    if instance.class_id is None:
        return Fault(f'category {instance.category_id} is not among the categories')
    segmentation = instance.segmentation
    if not segmentation and instance.has_box:
        return Fault(
            'a box without polygon or mask, as for detection',
            'export masks or polygons of the objects',
        )
    try:
        if isinstance(segmentation, list):
            return _polygon_fault(segmentation, height, width)
        return _rle_fault(segmentation, height, width)
    except (AttributeError, TypeError):  # other types than COCO's
        return Fault('the segmentation is neither a list of polygons nor an RLE')


def _polygon_fault(polygons: list, height: int, width: int) -> Fault | None:
    if not polygons:
        return Fault('there is no polygon')
    found = (_fault_of_one(polygon, height, width) for polygon in polygons)
    return next(filter(None, found), None)


def _fault_of_one(polygon: list, height: int, width: int) -> Fault | None:
    if not all(isinstance(number, int | float) for number in polygon):
        return Fault(
            'a polygon that is no flat list of numbers',
            'write each polygon as [x, y, x, y, ...]',
        )
    if len(polygon) < _FEWEST_NUMBERS:
        return Fault('a polygon of less than three points')
    if len(polygon) % 2:
        return Fault('a polygon of an odd number of coordinates, expected x and y')
    if not all(map(math.isfinite, polygon)):
        return Fault('a coordinate that is no finite number')
    if all(0 <= x <= 1 for x in polygon) and any(x % 1 for x in polygon):
        return Fault(
            "coordinates from 0 to 1, in parts of the image's size, as YOLO has them",
            'export them in pixels',
        )
    far = max(height, width)
    sides = (polygon[::2], width), (polygon[1::2], height)
    if not all(_meets(numbers, side, far) for numbers, side in sides):
        return Fault('a polygon outside of the image')
    return None


def _meets(numbers: Sequence[float], side: int, far: int) -> bool:
    """Whether an extent has a part in the image, and does not leave it by far."""
    low, high = min(numbers), max(numbers)
    return -far <= low <= side and 0 <= high <= side + far


def _rle_fault(rle: dict, height: int, width: int) -> Fault | None:
    if list(rle.get('size', ())) != [height, width]:
        size = rle.get('size')
        return Fault(f'an RLE of size {size}, the image is {[height, width]}')
    counts = rle.get('counts', '')
    runs = counts if isinstance(counts, list) else run_lengths(counts)
    if not all(type(run) is int for run in runs):
        return Fault('an RLE whose runs are not whole numbers')
    if sum(runs) != height * width or min(runs) < 0:
        return Fault(f'an RLE of {sum(runs)} pixels, the image has {height * width}')
    return None


def run_lengths(counts: str | bytes) -> list[int]:
    """Run lengths of a compressed RLE.

    Each number is written in groups of five bits, the lowest first, as characters from
    '0' on; bit 5 says that another group follows, and bit 4 of the last one is the
    sign. From the fourth number on, they are differences to the last but one.
    """
    codes = counts.encode() if isinstance(counts, str) else counts
    runs: list[int] = []
    value = shift = 0
    for code in codes:
        group = code - ord('0')
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs
