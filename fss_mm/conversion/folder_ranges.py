"""Images of more than 8 bits, and the range that scales them, as lines of text."""

from __future__ import annotations

import numpy as np

from ..utils.text import option, shorten
from .folder_files import HIGHEST, FileFacts

_SHOWN = 3
_RANGES = ((0, 1), (0, 65535))  # of floats, and of 16 bits


def clipped_problems(images: dict[str, FileFacts]) -> list[str]:
    """A line for each image of more than 8 bits, and how all of them can be scaled.

    Args:
        images (dict[str, FileFacts]): By path.
    """
    ranges = np.array([(one.low, one.high) for one in images.values()]).reshape(-1, 2)
    if not np.isfinite(ranges).all():
        remedy = 'some pixels are no numbers; save the images with 8 bits'
    elif len(ranges):
        low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
        whole = next((r for r in _RANGES if r[0] <= low and high <= r[1]), (low, high))
        remedy = f'scale them by {option("img_range", [*map(_plain, whole)])}'
        if whole != (low, high) and low < high:
            own = option('img_range', [_plain(low), _plain(high)])
            remedy += f', or by the range of these images, {own}'
    return [
        f'{path} ({one.low:g} to {one.high:g}): values that the loader clips to 0 ... '
        f'{HIGHEST}; {remedy}'
        for path, one in images.items()
    ]


def range_remarks(
    facts: dict[str, FileFacts], img_range: tuple[float, float] | None
) -> list[str]:
    """On images of more than 8 bits that a stated range scales.

    Args:
        facts (dict[str, FileFacts]): By path.
        img_range (tuple[float, float], optional): Black and white.
    """
    deep = {path: one for path, one in facts.items() if one.mode[:1] in ('I', 'F')}
    if img_range is None or not deep:
        return []
    low, high = img_range
    lines = [f'{len(deep)} images are scaled from {low:g} ... {high:g} to 8 bits']
    outside = [p for p, one in deep.items() if not low <= one.low <= one.high <= high]
    if outside:
        lines[0] += (
            f'; {len(outside)} of them have values outside, which become black or '
            f'white: {shorten(outside, _SHOWN)}'
        )
    return lines


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 6)
