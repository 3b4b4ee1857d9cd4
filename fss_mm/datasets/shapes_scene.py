"""Scenes of the embedded data set, drawn from a seed.

A class is an outline filled with a texture. Colours, place, size and turn are random
and tell nothing of the class; every outline and every texture occurs in several
classes, so that a held-out class is a combination that training never showed.

Same pixels on every machine: the random numbers are raw words of a counter-based
generator, and the arithmetic is of integers and of the four operations and the square
root, which IEEE 754 rounds alike everywhere.

Shape letters: S side of the square image.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..utils.random_words import Stream, below, random_words, sample_distinct

OUTLINES = (
    'disc', 'square', 'triangle', 'ring', 'cross',
    'bar', 'crescent', 'frame', 'corner', 'star',
)  # fmt: skip
TEXTURES = (
    'plain', 'striped', 'checked', 'dotted', 'gridded',
    'halved', 'quartered', 'ringed', 'bordered', 'waved',
)  # fmt: skip
# outline and texture of classes 1 to 100, which are all there are. Each ten have every
# outline and every texture once; those of the first twenty lie in different folds
COMBINATIONS = tuple((k % 10, (k + 3 * (k // 10)) % 10) for k in range(100))
SHAPE_CLASSES = tuple(f'{TEXTURES[t]} {OUTLINES[o]}' for o, t in COMBINATIONS)
_MAX_OBJECTS = 3
_ATTRIBUTES = 16  # random words of an object
_BORDER = [(0.18, 0.0), (-0.18, 0.0), (0.0, 0.18), (0.0, -0.18)]


def draw_scene(
    seed: int,
    number: int,
    side: int = 96,
    image: bool = True,
    num_classes: int = 20,
) -> tuple[np.ndarray | None, np.ndarray]:
    """Draw scene ``number`` of the list that ``seed`` names.

    Args:
        seed (int): Seed of the list.
        number (int): Position in it.
        side (int): S. Defaults to 96.
        image (bool): Draw the image too, not the mask alone. Defaults to True.
        num_classes (int): Objects are of so many of the first classes. Defaults to 20.

    Returns:
        tuple[np.ndarray | None, np.ndarray]: (S, S, 3), uint8, and (S, S), uint8, with
        0 for the ground and class ids from 1.
    """
    count = 8 + _ATTRIBUTES * _MAX_OBJECTS
    words = iter(random_words(seed, number, count, Stream.SCENE_OBJECTS))
    num_objects = 1 + below(next(words), _MAX_OBJECTS)
    quadrants = sample_distinct([next(words) for _ in range(num_objects)], 4)
    mask = np.zeros((side, side), np.uint8)
    canvas = _ground(seed, number, side) if image else None
    for quadrant in quadrants:
        _draw_object(canvas, mask, quadrant, words, num_classes)
    return canvas, mask


def _draw_object(
    canvas: np.ndarray | None,
    mask: np.ndarray,
    quadrant: int,
    words: Iterator[int],
    num_classes: int,
) -> None:
    """Draw one object inside a quadrant, in place."""
    side = len(mask)
    class_index = below(next(words), num_classes)
    outline, texture = COMBINATIONS[class_index]
    radius = side * _between(next(words), 0.16, 0.23)
    center = [
        side * (0.25 + 0.5 * half)
        + (side / 4 - radius - 1.5) * _between(next(words), -1, 1)
        for half in divmod(quadrant, 2)
    ]
    turn = _rotation(next(words), next(words))
    v, u = np.mgrid[:side, :side].astype(np.float64) - np.reshape(center, (2, 1, 1))
    u, v = turn[0] * u - turn[1] * v, turn[1] * u + turn[0] * v  # in pixels
    u, v = u / radius, v / radius
    inside = _inside(OUTLINES[outline], u, v)
    mask[inside] = class_index + 1
    cycles = _between(next(words), 2.4, 3.2)  # of the texture, from the centre out
    first, second = _two_colors(words)
    if canvas is not None:
        marks = _marks(TEXTURES[texture], u, v, cycles, OUTLINES[outline])
        canvas[inside] = np.where(marks[inside][:, None], second, first)


def _inside(outline: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Whether points lie in an outline of radius 1 around the origin."""
    a, b, square = np.abs(u), np.abs(v), u * u + v * v
    if outline == 'disc':
        return square <= 0.8
    if outline == 'square':
        return np.maximum(a, b) <= 0.7
    if outline == 'triangle':
        return (v <= 0.6) & (2 * a - v <= 1.0)
    if outline == 'ring':
        return (square <= 1.0) & (square >= 0.25)
    if outline == 'cross':
        return (np.minimum(a, b) <= 0.32) & (np.maximum(a, b) <= 0.94)
    if outline == 'bar':
        return (a <= 0.93) & (b <= 0.35)
    if outline == 'crescent':
        return (square <= 1.0) & ((u - 0.5) ** 2 + v * v >= 0.5)
    if outline == 'frame':
        return (np.maximum(a, b) <= 0.7) & (np.maximum(a, b) >= 0.35)
    if outline == 'corner':
        return (np.maximum(a, b) <= 0.7) & (np.minimum(u, v) <= -0.05)
    return np.sqrt(a) + np.sqrt(b) <= 1.0  # star


def _marks(
    texture: str, u: np.ndarray, v: np.ndarray, cycles: float, outline: str
) -> np.ndarray:
    """Where the second colour shows."""
    left, down = (w * cycles - np.floor(w * cycles) for w in (u, v))
    if texture == 'plain':
        return np.zeros(u.shape, bool)
    if texture == 'striped':
        return left < 0.5
    if texture == 'checked':
        return (left < 0.5) != (down < 0.5)
    if texture == 'dotted':
        return (left - 0.5) ** 2 + (down - 0.5) ** 2 < 0.1
    if texture == 'gridded':
        return (left < 0.3) | (down < 0.3)
    if texture == 'halved':
        return u < 0
    if texture == 'quartered':
        return (u < 0) != (v < 0)
    if texture == 'ringed':
        out = np.sqrt(u * u + v * v) * cycles
        return out - np.floor(out) < 0.5
    if texture == 'bordered':
        near = [_inside(outline, u + x, v + y) for x, y in _BORDER]
        return ~np.logical_and.reduce(near)
    zigzag = v * cycles + np.abs(left - 0.5)  # waved
    return zigzag - np.floor(zigzag) < 0.5


def _ground(seed: int, number: int, side: int) -> np.ndarray:
    """Smooth blotches of two random colours, with noise: (S, S, 3), uint8."""
    grid = 7
    noise = side * side * 3
    count = 7 + grid * grid + noise // 8 + 1
    words = iter(random_words(seed, number, count, Stream.SCENE_GROUND))
    first, second = _two_colors(words)
    knots = np.array([_between(next(words), 0, 1) for _ in range(grid * grid)])
    place = np.arange(side) * (grid - 1) / side
    low = place.astype(int)
    part = place - low
    knots = knots.reshape(grid, grid)
    rows = knots[low] * (1 - part)[:, None] + knots[low + 1] * part[:, None]
    mix = rows[:, low] * (1 - part) + rows[:, low + 1] * part  # (S, S)
    color = first + mix[:, :, None] * (second - first)
    grain = np.array(list(words), dtype='<u8').view(np.uint8)[:noise]
    grain = grain.reshape(side, side, 3).astype(int) % 41 - 20
    return np.clip(color.astype(int) + grain, 0, 255).astype(np.uint8)


def _two_colors(words: Iterator[int]) -> tuple[np.ndarray, np.ndarray]:
    """Two random RGB colours that differ by at least 80 in every channel."""
    first = np.array([below(next(words), 256) for _ in range(3)])
    shift = np.array([80 + below(next(words), 96) for _ in range(3)])
    return first, (first + shift) % 256


def _between(word: int, low: float, high: float) -> float:
    return low + (high - low) * (word >> 11) / 2.0**53


def _rotation(word: int, sign: int) -> tuple[float, float]:
    """Cosine and sine of a random angle, without the functions of that name."""
    t = _between(word, -1, 1)
    scale = 1 if sign & 1 else -1
    return scale * (1 - t * t) / (1 + t * t), scale * 2 * t / (1 + t * t)
