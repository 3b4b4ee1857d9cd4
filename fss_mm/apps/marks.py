"""What a user has drawn on a photograph, as the page sends it, and the mask of it.

A prompt points at the object; strokes of a brush then add to its mask or take away.

Shape letters: H W size of the photograph as it is shown and drawn on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..inference.prompts import Box, Points, Polygon, Prompt, Scribbles
from ..inference.prompts.text import EXAMPLES, read_prompt
from .limits import Refused

Point = tuple[float, float]
_MOST_POINTS, _MOST_STROKES, _LONGEST_TEXT = 20_000, 400, 4_000
UPLOADED = 'mask'
"""The prompt that stands for a mask that was uploaded."""


@dataclass(frozen=True)
class Stroke:
    """A line of the brush.

    Args:
        points (tuple[Point, ...]): (x, y) in pixels, one or more.
        width (float): Of the brush, in pixels.
        erases (bool): Whether it takes away.
    """

    points: tuple[Point, ...]
    width: float
    erases: bool


@dataclass(frozen=True)
class Marks:
    """All that is drawn on a photograph.

    Args:
        prompt (Prompt | str, optional): What points at the object, or
            :data:`UPLOADED`. Defaults to None: it is painted alone.
        strokes (tuple[Stroke, ...]): In their order.
    """

    prompt: Prompt | str | None = None
    strokes: tuple[Stroke, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return self.prompt is None and not self.strokes


def read_marks(data: object) -> Marks:
    """Check what the page has sent.

    Args:
        data (object): ``prompt`` (None, or ``kind`` and what belongs to it) and
            ``strokes`` (``points``, ``width`` and ``erases`` of each).

    Raises:
        Refused: If it is no such thing, or more than fits.
    """
    try:
        if not isinstance(data, Mapping):
            raise TypeError(f'a {type(data).__name__} in the place of marks')
        strokes = [_stroke(one) for one in _few(data.get('strokes', ()))]
        return Marks(_prompt(data.get('prompt')), tuple(strokes))
    except Refused:
        raise
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise Refused(f'what was drawn cannot be read ({error}); draw again') from error


def mask_of_marks(
    marks: Marks,
    size: tuple[int, int],
    uploaded: np.ndarray | None,
    mask_of: Callable[[Prompt], np.ndarray],
) -> np.ndarray:
    """What marks become.

    Args:
        marks (Marks): On a photograph.
        size (tuple[int, int]): H and W.
        uploaded (np.ndarray, optional): (H, W), uint8: the mask that was uploaded, of
            0, 1 and 255, which counts nowhere.
        mask_of (Callable): Makes masks of prompts.

    Returns:
        np.ndarray: (H, W), uint8: some of it 1, the object, some 0, what is not, and
        255 where an uploaded mask counts nowhere.

    Raises:
        Refused: If it is empty, or all of the picture.
        ValueError: As ``mask_of`` says.
    """
    if marks.prompt == UPLOADED:
        if uploaded is None:
            raise Refused('no mask was uploaded for this photograph; choose its file')
        mask = uploaded.copy()
    elif marks.prompt is None:
        mask = np.zeros(size, np.uint8)
    else:
        mask = mask_of(marks.prompt).astype(np.uint8)
    mask = paint(mask, marks.strokes)
    if not (mask == 1).any():
        raise Refused('the mask is empty: mark some of the object')
    if mask.all():
        raise Refused('the mask is all of the photograph: leave some background out')
    return mask


def paint(mask: np.ndarray, strokes: Sequence[Stroke]) -> np.ndarray:
    """Strokes on a mask (H, W), uint8: 0, 1 and perhaps 255; a new one."""
    painted = mask.copy()
    for stroke in strokes:
        line = np.array([[math.floor(x), math.floor(y)] for x, y in stroke.points])
        value, width = int(not stroke.erases), max(1, round(stroke.width))
        cv2.polylines(painted, [line.astype(np.int32)], False, value, width)
        for end in (line[0], line[-1]):  # round, also where it is a single dot
            cv2.circle(painted, end.tolist(), width // 2, value, cv2.FILLED)
    return painted


def _stroke(one: Mapping) -> Stroke:
    width = float(one['width'])
    if not 1 <= width <= 2_000:
        raise ValueError(f'a brush of {width:g} pixels')
    points = _points(one['points'])
    if not points:
        raise ValueError('a stroke without a point')
    return Stroke(points, width, bool(one.get('erases', False)))


def _prompt(data: Mapping | None) -> Prompt | str | None:
    if data is None:
        return None
    kind = data['kind']
    if kind == UPLOADED:
        return UPLOADED
    if kind == 'text':
        return _typed(str(data['text']))
    if kind == 'box':
        return Box(*(float(value) for value in data['box']))
    if kind == 'polygon':
        return Polygon(*(_points(ring) for ring in _few(data['rings'])))
    sides = [data.get(side, ()) for side in ('positive', 'negative')]
    if kind == 'points':
        return Points(*map(_points, sides))
    if kind == 'scribbles':
        lines = ([_points(line) for line in _few(side)] for side in sides)
        return Scribbles(*lines, width=int(data.get('width', 3)))
    raise ValueError(f'{kind!r} is no kind of prompt')


def _typed(text: str) -> Prompt:
    """A prompt in the shell's words; none that names a file."""
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        raise Refused(f'{len(text):,} letters, at most {_LONGEST_TEXT:,}; say less')
    prompt = read_prompt(text) if text.partition(':')[0] in EXAMPLES else None
    if not isinstance(prompt, (Box, Points, Polygon, Scribbles)):
        raise Refused(
            f'{text[:40]!r} is no prompt; write one such as box:100,80,420,400 or '
            'points:260,240/-20,30'
        )
    return prompt


def _points(points: Sequence) -> tuple[Point, ...]:
    if len(points) > _MOST_POINTS:
        raise Refused(f'more than {_MOST_POINTS:,} points; draw less at once')
    found = tuple((float(x), float(y)) for x, y in points)
    if not all(math.isfinite(v) and abs(v) < 1e6 for point in found for v in point):
        raise ValueError('a point that is nowhere')
    return found


def _few(items: Sequence) -> Sequence:
    if len(items) > _MOST_STROKES:
        raise Refused(f'more than {_MOST_STROKES} lines; undo some')
    return items
