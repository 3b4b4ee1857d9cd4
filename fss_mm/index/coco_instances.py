"""COCO's JSON of instances: read, checked, and as run lengths (RLE)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CROWD = 255
MEND = 'correct or delete the annotation in the JSON'
_FEWEST_NUMBERS = 6


class Instance(NamedTuple):
    """One annotation of COCO.

    Args:
        annotation_id (int): COCO's id.
        class_id (int, optional): 1 ... 80; None for a category that is unknown.
        category_id (int): COCO's category id.
        is_crowd (bool): Whether it is a region of many objects.
        segmentation (Any): As in the JSON: a list of polygons [x, y, x, y, ...], or an
            RLE dict with ``size`` (H, W) and ``counts``.
    """

    annotation_id: int
    class_id: int | None
    category_id: int
    is_crowd: bool
    segmentation: Any


def read_json(path: Path, remedy: str = 'fetch the file again') -> dict:
    """COCO's table of ``images``, ``annotations`` and ``categories``.

    Args:
        path (Path): The JSON.
        remedy (str): What to do about a file that is none. Defaults to fetching it.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is no JSON or has not these keys.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no {str(path)!r}; --download fetches it')
    try:
        table = json.loads(path.read_bytes())
        missing = {'images', 'annotations', 'categories'} - table.keys()
    except (ValueError, AttributeError) as error:
        raise ValueError(f'{path}: {error}; {remedy}') from error
    if missing:
        raise ValueError(f'{path} has no {sorted(missing)}; {remedy}')
    return table


def to_rle(segmentation: Any, height: int, width: int) -> dict:
    """COCO's compressed RLE of a segmentation in any of its forms."""
    from pycocotools import mask as rle_tools  # an extra

    if isinstance(segmentation, list):
        return rle_tools.merge(rle_tools.frPyObjects(segmentation, height, width))
    if isinstance(segmentation['counts'], list):
        return rle_tools.frPyObjects(segmentation, height, width)
    return segmentation


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


def fault(instance: Instance, height: int, width: int) -> str:
    """What is wrong with an instance, '' if nothing is.

    pycocotools must not see what is wrong: it reads beyond wrong run lengths, and takes
    all memory for coordinates without an end.
    """
    if instance.class_id is None:
        return f'category {instance.category_id} is not among the categories'
    segmentation = instance.segmentation
    try:
        if isinstance(segmentation, list):
            return _polygon_fault(segmentation, height, width)
        return _rle_fault(segmentation, height, width)
    except (AttributeError, TypeError):  # other types than COCO's
        return 'the segmentation is neither a list of polygons nor an RLE'


def _polygon_fault(polygons: list, height: int, width: int) -> str:
    if not polygons:
        return 'there is no polygon'
    side = max(height, width)
    for polygon in polygons:
        if len(polygon) < _FEWEST_NUMBERS or len(polygon) % 2:
            return (
                f'a polygon of {len(polygon)} numbers, expected pairs of x and y of '
                'three points or more'
            )
        if not all(math.isfinite(x) and -side <= x <= 2 * side for x in polygon):
            return f'a polygon far outside of the image of {height} x {width} (H x W)'
    return ''


def _rle_fault(rle: dict, height: int, width: int) -> str:
    if list(rle.get('size', ())) != [height, width]:
        return f'an RLE of size {rle.get("size")}, the image is {[height, width]}'
    counts = rle.get('counts', '')
    runs = counts if isinstance(counts, list) else run_lengths(counts)
    if sum(runs) != height * width or min(runs) < 0:
        return f'an RLE of {sum(runs)} pixels, the image has {height * width}'
    return ''


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
