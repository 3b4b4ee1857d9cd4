r"""Prompts as words of a command line.

A word is ``kind:part/part``, where a part is ``x,y,x,y,...`` and a ``-`` in front of it
says that it is on what is not the object:

- ``box:10,20,200,180``: left, upper, right and lower edge
- ``points:120,80/140,95/-30,40``: one point in each part
- ``scribble:10,20,60,80/-5,5,5,90``: one line in each part
- ``scribble:strokes.png``: an image of strokes
- ``polygon:0,0,90,0,90,60/20,20,40,20,40,40``: one ring in each part

No character of these means anything to a shell, but PowerShell wants words with commas
in quotes. Nothing else is a prompt: ``C:\masks\a.png`` and ``a:b.png`` are files.
"""

from __future__ import annotations

import re
from pathlib import Path

from ...utils.text import nearest
from .kinds import Box, Line, Point, Points, Polygon, Prompt, ScribbleImage, Scribbles

EXAMPLES = dict(
    box='box:10,20,200,180',
    points='points:120,80/-30,40',
    scribble='scribble:10,20,60,80/-5,5,5,90 or scribble:strokes.png',
    polygon='polygon:0,0,90,0,90,60',
)
_NUMBERS = re.compile(r'[-+.\d,/eE]|nan|inf', re.IGNORECASE)
_MISSPELT = re.compile(r'([A-Za-z]{2,}):[-\d.][-\d.,/]*')


def read_prompt(word: str) -> Prompt | None:
    """The prompt that a word means; None if it is the name of a file.

    Args:
        word (str): As above.

    Raises:
        ValueError: If the word begins as a prompt does, and is none.
    """
    kind, colon, rest = word.partition(':')
    if not colon or kind not in EXAMPLES:
        _require_file(word)
        return None
    if kind == 'scribble' and _NUMBERS.sub('', rest):
        return ScribbleImage(rest)
    try:
        return _READERS[kind](*_parts(rest))
    except ValueError as error:
        reason = str(error).removeprefix(f'{word}: ')
        raise ValueError(f'{word!r}: {reason}; such as {EXAMPLES[kind]}') from error


def as_prompt(given: object) -> object:
    """The prompt that a word means; anything else as it is.

    Raises:
        ValueError: As :func:`read_prompt` does.
    """
    return (read_prompt(given) or given) if isinstance(given, str) else given


def _require_file(word: str) -> None:
    """Stop at a kind that is misspelt, which is no file either."""
    found = _MISSPELT.fullmatch(word)
    if found is None or Path(word).exists():
        return
    near = nearest(found[1].lower(), EXAMPLES)
    hint = f'did you mean {near!r}?' if near else f'there are {", ".join(EXAMPLES)}'
    raise ValueError(f'{word!r}: no prompt is called {found[1]!r}, and no file; {hint}')


def _parts(text: str) -> tuple[list[Line], list[Line]]:
    """Those on the object, and those beside it."""
    on, beside = [], []
    for part in text.split('/'):
        is_beside = part.startswith('-')
        (beside if is_beside else on).append(_points(part.removeprefix('-')))
    return on, beside


def _points(text: str) -> Line:
    numbers = [_number(word) for word in text.split(',')]
    if len(numbers) % 2:
        raise ValueError(f'{len(numbers)} numbers in {text!r}, expected pairs of x,y')
    return tuple(zip(numbers[::2], numbers[1::2]))


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise ValueError(f'{word!r} is no number') from error


def _box(on: list[Line], beside: list[Line]) -> Box:
    if beside or [len(part) for part in on] != [2]:
        raise ValueError('expected four numbers, none below 0')
    (x0, y0), (x1, y1) = on[0]
    return Box(x0, y0, x1, y1)


def _of_points(on: list[Line], beside: list[Line]) -> Points:
    return Points(*(list(map(_single, parts)) for parts in (on, beside)))


def _single(part: Line) -> Point:
    if len(part) != 1:
        raise ValueError(f'{2 * len(part)} numbers in one part, expected x,y')
    return part[0]


def _polygon(on: list[Line], beside: list[Line]) -> Polygon:
    if beside:
        raise ValueError('a corner below 0; a hole is a ring without a sign')
    return Polygon(*on)


_READERS = dict(box=_box, points=_of_points, scribble=Scribbles, polygon=_polygon)
