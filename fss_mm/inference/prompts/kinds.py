"""What a user can point with at an object in a photograph.

Coordinates are of the picture as it is looked at, turned by its EXIF tag: x from the
left edge to the right, y from the upper edge down, in pixels. The pixel in column 3 and
row 5 covers x from 3 to 4 and y from 5 to 6, so that (3, 5) is its upper left corner,
and a picture of W x H pixels ends at (W, H).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path

import numpy as np
from PIL import Image

Point = tuple[float, float]
Line = tuple[Point, ...]
_FEWEST_CORNERS = 3
_WIDEST = 32767  # lines that OpenCV draws


@dataclass(frozen=True)
class Box:
    """A box around the object.

    Args:
        x0 (float): Left edge; the first column is inside.
        y0 (float): Upper edge; the first row is inside.
        x1 (float): Right edge; the column that begins there is outside.
        y1 (float): Lower edge; the row that begins there is outside.

    Raises:
        ValueError: If an edge is no number, or nothing is between the edges.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        (x0, y0), (x1, y1) = _line([(self.x0, self.y0), (self.x1, self.y1)], 'Box')
        for name, value in dict(x0=x0, y0=y0, x1=x1, y1=y1).items():
            object.__setattr__(self, name, value)
        if not (x0 < x1 and y0 < y1):
            raise ValueError(
                f'{self}: no area; expected x0 < x1 and y0 < y1: left, upper, right '
                'and lower edge'
            )

    def __str__(self) -> str:
        return f'box:{_text([(self.x0, self.y0), (self.x1, self.y1)])}'


@dataclass(frozen=True)
class Points:
    """Points on the object, and perhaps others beside it.

    Args:
        positive (Iterable[tuple[float, float]]): (x, y) on the object, one or more.
        negative (Iterable[tuple[float, float]]): On what is not the object. Defaults to
            none.

    Raises:
        ValueError: If there is no positive point, or one is no two numbers.
    """

    positive: Line
    negative: Line = ()

    def __post_init__(self) -> None:
        for name in ('positive', 'negative'):
            object.__setattr__(self, name, _line(getattr(self, name), 'Points'))
        if not self.positive:
            raise ValueError('Points: none is positive; give one on the object')

    def __str__(self) -> str:
        parts = [_text([point]) for point in self.positive]
        parts += ['-' + _text([point]) for point in self.negative]
        return f'points:{"/".join(parts)}'


@dataclass(frozen=True)
class Scribbles:
    """Lines drawn over the object, and perhaps others beside it.

    Args:
        positive (Iterable[Iterable[tuple[float, float]]]): Lines of points (x, y) on
            the object, one or more.
        negative (Iterable[Iterable[tuple[float, float]]]): On what is not the object.
            Defaults to none.
        width (int): Of a line, in pixels. Defaults to 3.

    Raises:
        ValueError: If there is no positive line, one has no point, a point is no two
            numbers, or the width is below 1 or above 32,767.
    """

    positive: tuple[Line, ...]
    negative: tuple[Line, ...] = ()
    width: int = 3

    def __post_init__(self) -> None:
        for name in ('positive', 'negative'):
            object.__setattr__(self, name, _lines(getattr(self, name), 'Scribbles'))
        if not self.positive:
            raise ValueError('Scribbles: none is positive; give a line on the object')
        if not isinstance(self.width, int) or not 1 <= self.width <= _WIDEST:
            raise ValueError(
                f'Scribbles: width={self.width!r}, expected a whole number of pixels, '
                f'from 1 to {_WIDEST}'
            )

    def __str__(self) -> str:
        parts = [_text(line) for line in self.positive]
        parts += ['-' + _text(line) for line in self.negative]
        return f'scribble:{"/".join(parts)}'


@dataclass(frozen=True)
class ScribbleImage:
    """An image of strokes, of the size of the photograph.

    Green strokes (#00ff00) mark the object, red ones (#ff0000) what is not the object.
    All other colours, what is transparent, and what the photograph has in this very
    colour say nothing: strokes may be drawn over a copy of the photograph.

    Args:
        source (str | Path | np.ndarray | Image.Image): A file, an array (H, W, 3),
            uint8, BGR, or Pillow's image.
    """

    source: str | Path | np.ndarray | Image.Image = field(repr=False)

    def __str__(self) -> str:
        named = isinstance(self.source, (str, Path))
        return f'scribble:{self.source if named else "an image"}'


@dataclass(frozen=True)
class Polygon:
    """The outline of the object.

    Args:
        *rings (Iterable[tuple[float, float]]): Corners (x, y) of each ring, three or
            more, of which the last is joined with the first. What is inside of an odd
            number of rings is the object: a ring in another one is a hole.

    Raises:
        ValueError: If there is no ring, one has fewer than three corners, or a corner
            is no two numbers.
    """

    rings: tuple[Line, ...]

    def __init__(self, *rings: Iterable[Point]) -> None:
        object.__setattr__(self, 'rings', _lines(rings, 'Polygon'))
        fewest = min(map(len, self.rings), default=0)
        if fewest < _FEWEST_CORNERS:
            raise ValueError(
                f'Polygon: {fewest} corners, expected {_FEWEST_CORNERS} or more'
            )

    def __str__(self) -> str:
        return f'polygon:{"/".join(map(_text, self.rings))}'


Prompt = Box | Points | Scribbles | ScribbleImage | Polygon
PROMPTS = Box, Points, Scribbles, ScribbleImage, Polygon


def _lines(lines: object, kind: str) -> tuple[Line, ...]:
    found = tuple(_line(line, kind) for line in _items(lines, kind))
    if not all(found):
        raise ValueError(f'{kind}: a line without a point; leave it out')
    return found


def _line(points: object, kind: str) -> Line:
    found = []
    for point in _items(points, kind):
        values = _items(point, kind)
        if len(values) != 2 or not all(map(_is_number, values)):
            shown = ', '.join(repr(v) if isinstance(v, str) else f'{v}' for v in values)
            raise ValueError(f'{kind}: ({shown}), expected two finite numbers, x and y')
        found.append((float(values[0]), float(values[1])))
    return tuple(found)


def _items(values: object, kind: str) -> list:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(
            f'{kind}: {values!r} in the place of points; expected (x, y), in lists as '
            f'the docstring of {kind} says'
        )
    return list(values)


def _is_number(value: object) -> bool:
    return (
        isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    )


def _text(points: Iterable[Point]) -> str:
    return ','.join(f'{value:.10g}' for point in points for value in point)
