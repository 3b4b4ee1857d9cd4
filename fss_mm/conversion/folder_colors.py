"""Pixels of colour-coded and of deep masks as class ids. Shape letters: H W size."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..index.class_names import IGNORE_INDEX, is_background, is_ignored
from ..index.file_listing import composed
from ..utils.files import read_text

_COLOR = re.compile(r'#?([0-9a-fA-F]{6})')
_LABELMAP = re.compile(r'(.+):(\d+),\s*(\d+),\s*(\d+):[^:]*:[^:]*')
_OPAQUE, _SHOWN = 255, 5
BACKGROUND, IGNORE = 'background', 'ignore'


def read_colors(given: Sequence[str]) -> dict[int, str]:
    """Colours as 0xRRGGBB, with the name of their class, in their order.

    Args:
        given (Sequence[str]): ``#rrggbb=class`` each, or the path of a text file with a
            line ``#rrggbb class`` for each; or CVAT's ``labelmap.txt``, with lines
            ``class:r,g,b:parts:actions``. Classes such as 'background' and 'ignore' are
            the values 0 and 255; black is background unless it is named.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If one is no colour and class, or a colour is named twice.
    """
    if len(given) == 1 and '=' not in given[0]:
        if not Path(given[0]).is_file():
            raise FileNotFoundError(f'list of colours {given[0]!r} does not exist')
        lines = map(str.strip, read_text(given[0]).splitlines())
        pairs = [_pair(line) for line in lines if line and not line.startswith('# ')]
    else:
        pairs = [text.partition('=') for text in given]
    colors: dict[int, str] = {}
    for color, between, name in pairs:
        match = _COLOR.fullmatch(color.strip())
        if not match or not name.strip():
            text = f'{color}{between}{name}'
            raise ValueError(f'{text!r}, expected a colour and a class: #ff0000=owl')
        value = int(match[1], 16)
        if value in colors:
            raise ValueError(f'the colour #{value:06x} is named twice; name it once')
        colors[value] = _known(composed(name.strip()))
    return {0: BACKGROUND} | colors if 0 not in colors else colors


def _pair(line: str) -> tuple[str, str, str]:
    """Colour, what is between, and class of a line."""
    cvat = _LABELMAP.fullmatch(line)
    if not cvat:
        return line.partition(' ')
    name, *parts = cvat.groups()
    if max(map(int, parts)) > _OPAQUE:
        return line, '', ''
    return bytes(map(int, parts)).hex(), ' ', name


def _known(name: str) -> str:
    if is_ignored(name):
        return IGNORE
    return BACKGROUND if is_background(name) else name


def color_classes(colors: dict[int, str]) -> tuple[str, ...]:
    """Names of the classes, in the order of their first colours."""
    names = dict.fromkeys(colors.values())
    return tuple(name for name in names if name not in (BACKGROUND, IGNORE))


def color_values(colors: dict[int, str], classes: Sequence[str]) -> dict[int, int]:
    """Colours with the value that a mask is to have there.

    Raises:
        ValueError: If a colour's class is not among the classes.
    """
    values = {name: i for i, name in enumerate(classes, start=1)}
    values |= {BACKGROUND: 0, IGNORE: IGNORE_INDEX}
    strange = sorted(set(colors.values()) - set(values))
    if strange:
        raise ValueError(f'colours of {strange}, expected the classes {list(classes)}')
    return {color: values[name] for color, name in colors.items()}


def recolor(
    pixels: np.ndarray, values: dict[int, int]
) -> tuple[np.ndarray, dict[str, int]]:
    """Class ids of coloured pixels.

    Args:
        pixels (np.ndarray): (H, W, 4) uint8: red, green, blue, alpha. Pixels of alpha 0
            are background.
        values (dict[int, int]): Colour as 0xRRGGBB to value.

    Returns:
        tuple[np.ndarray, dict[str, int]]: (H, W) uint8, and unknown colours with their
        pixels, the most frequent first.
    """
    parts = pixels.astype(np.int64)
    alpha = parts[..., 3]
    codes = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    codes = np.where(alpha == _OPAQUE, codes, (codes + 1) << 32 | alpha)
    codes[alpha == 0] = -1
    found, places, times = np.unique(codes, return_inverse=True, return_counts=True)
    known = values | {-1: 0}
    table = np.array([known.get(c, 0) for c in found.tolist()], dtype=np.uint8)
    unknown = {
        _written(code): number
        for code, number in zip(found.tolist(), times.tolist())
        if code not in known
    }
    ordered = sorted(unknown.items(), key=lambda item: -item[1])
    return table[places].reshape(codes.shape), dict(ordered)


def _written(code: int) -> str:
    if code >> 32:
        return f'#{(code >> 32) - 1:06x} of alpha {code & 0xFF}'
    return f'#{code:06x}'


def to_8_bit(
    pixels: np.ndarray, binary: bool = False
) -> tuple[np.ndarray, dict[str, int]]:
    """The same values in 8 bits.

    Args:
        pixels (np.ndarray): (H, W) of any type.
        binary (bool): A mask of one class: where it has values above 255, the upper
            half of 16 bits is the class. Defaults to False.

    Returns:
        tuple[np.ndarray, dict[str, int]]: (H, W) uint8, and values that do not fit
        with their pixels.
    """
    if binary and pixels.max(initial=0) > IGNORE_INDEX:
        return np.where(pixels >= 1 << 15, 255, 0).astype(np.uint8), {}
    found, times = np.unique(pixels, return_counts=True)
    fits = (found >= 0) & (found <= IGNORE_INDEX) & (found == np.floor(found))
    wrong = {f'{v:g}': int(n) for v, n in zip(found[~fits].tolist(), times[~fits])}
    return np.where(np.isfinite(pixels), pixels, 0).astype(np.uint8), wrong


def renumber(pixels: np.ndarray, numbers: Mapping[int, int]) -> np.ndarray:
    """Class ids of values of any size.

    Args:
        pixels (np.ndarray): (H, W) of any type.
        numbers (Mapping[int, int]): Value to class id; others are background, and 255
            is ignored unless it is named.

    Returns:
        np.ndarray: (H, W) uint8.
    """
    known = {IGNORE_INDEX: IGNORE_INDEX} | dict(numbers)
    found, places = np.unique(pixels, return_inverse=True)
    table = np.array([known.get(value, 0) for value in found.tolist()], dtype=np.uint8)
    return table[places].reshape(pixels.shape)


def listed(numbers: dict[str, int]) -> str:
    """The first of many, each with its number of pixels."""
    shown = list(numbers.items())[:_SHOWN]
    more = len(numbers) - len(shown)
    text = ', '.join(f'{name} ({pixels:,} pixels)' for name, pixels in shown)
    return f'{text} and {more} more' if more else text
