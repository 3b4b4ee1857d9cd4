"""LabelMe's shapes as polygons and run lengths. Shape letters: H W image size."""

from __future__ import annotations

import base64
import binascii
import io
import math

import numpy as np
from PIL import Image

from .instances import rle_of

_REDRAW = 'draw the object as a polygon, or delete the shape'
_CORNERS = 72  # of a circle: its area is right to a part of 800
_NO_AREA = ('point', 'points', 'line', 'linestrip')


class ShapeError(ValueError):
    """Raised for a shape that shows no object; its text has reason and remedy."""


def segmentation_of(shape: dict, height: int, width: int) -> list | dict:
    """The object as ``Instance.segmentation`` has it.

    Polygons, rectangles (also turned ones, of four corners), circles and masks are
    read; a shape without a type is a polygon, as LabelMe wrote them once.

    Args:
        shape (dict): Of LabelMe's ``shapes``.
        height (int): H.
        width (int): W.

    Raises:
        ShapeError: If it has another type, or not the points of its type.
    """
    kind = shape.get('shape_type') or 'polygon'
    points = [(float(x), float(y)) for x, y in shape['points']]
    if kind in ('polygon', 'rotation') or (kind == 'rectangle' and len(points) > 2):
        return [[number for point in points for number in point]]
    if kind in ('rectangle', 'circle', 'mask') and len(points) != 2:
        raise ShapeError(f'a {kind} of {len(points)} points, expected 2; {_REDRAW}')
    if kind == 'rectangle':
        (x, y), (u, v) = points
        return [[x, y, u, y, u, v, x, v]]
    if kind == 'circle':
        return [_circle(*points)]
    if kind == 'mask':
        return rle_of(_mask(shape.get('mask'), points, height, width))
    why = 'has no area' if kind in _NO_AREA else 'is not read'
    raise ShapeError(f'a shape of type {kind!r}, which {why}; {_REDRAW}')


def _circle(center: tuple[float, float], edge: tuple[float, float]) -> list[float]:
    angles = np.linspace(0, 2 * math.pi, _CORNERS, endpoint=False)
    radius = math.dist(center, edge)
    x, y = center[0] + radius * np.cos(angles), center[1] + radius * np.sin(angles)
    return np.stack([x, y], axis=1).ravel().tolist()


def _mask(
    encoded: str | None, points: list[tuple[float, float]], height: int, width: int
) -> np.ndarray:
    """(H, W) bool: a PNG whose first pixel lies at the first of two corners."""
    try:
        png = base64.b64decode(encoded or '', validate=True)
        with Image.open(io.BytesIO(png)) as image:
            part = np.asarray(image.convert('L')) > 0
    except (OSError, binascii.Error, TypeError) as error:
        raise ShapeError(f'a mask that does not decode; {_REDRAW}') from error
    x, y = (int(number) for number in points[0])
    whole = np.zeros((height, width), dtype=bool)
    if x < 0 or y < 0 or y + part.shape[0] > height or x + part.shape[1] > width:
        raise ShapeError(f'a mask that leaves the image; {_REDRAW}')
    whole[y : y + part.shape[0], x : x + part.shape[1]] = part
    return whole
