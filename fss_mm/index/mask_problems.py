"""Masks that decode and yet cannot mean what they say, seen in the table of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..utils.text import shorten

# so many values outside the class table are the blends of a smoothed edge
_SMOOTH = 3


def foreign_values(
    image_ids: np.ndarray,
    values: np.ndarray,
    num_classes: int,
    remedy: str = 'correct the mask, or name all classes',
    smooth_remedy: str = 'save masks without smoothing, as PNG',
) -> dict[int, tuple[str, str]]:
    """Say what is wrong with masks that hold values outside the class table.

    Args:
        image_ids (np.ndarray): (M,) image of each such value, sorted.
        values (np.ndarray): (M,) the values.
        num_classes (int): Number of classes in the table.
        remedy (str): What to do about a few values.
        smooth_remedy (str): What to do about the many of a smoothed edge.

    Returns:
        dict[int, tuple[str, str]]: Image to the values that it holds, as text, and to
        reason and remedy.
    """
    found: dict[int, list[int]] = {}
    for image, value in zip(image_ids.tolist(), values.tolist()):
        found.setdefault(image, []).append(value)
    reason = f'not a class, expected 0 to {num_classes} or 255 (ignored)'
    few = f'{reason}; {remedy}'
    smooth = f'{reason}: smoothed (anti-aliased) edges, or a JPEG; {smooth_remedy}'
    return {
        image: (values_text(many), few if len(many) < _SMOOTH else smooth)
        for image, many in found.items()
    }


def values_text(values: Sequence[int]) -> str:
    """The first of some values."""
    noun = 'value' if len(values) == 1 else 'values'
    return f'{noun} {shorten([*map(str, values)], _SMOOTH)}'


def palette_conflicts(mask_ids: np.ndarray, rows: np.ndarray) -> dict[int, str]:
    """Find masks whose palette is in another order than that of the others.

    An image editor may write the same colours under other indices. Then a value has the
    colour that another value has in most masks.

    Args:
        mask_ids (np.ndarray): (R,) mask of each row.
        rows (np.ndarray): (R, 4) as in ``MaskTable``: value, ..., colour.

    Returns:
        dict[int, str]: Mask to reason and remedy.
    """
    colored = rows[:, 3] >= 0
    keys = rows[colored, 0] * (1 << 24) + rows[colored, 3]
    unique, counts = np.unique(keys, return_counts=True)
    usual: dict[int, int] = {}
    for key in unique[np.argsort(counts, kind='stable')].tolist():
        usual[key >> 24] = key & 0xFFFFFF  # the most frequent one comes last
    times = Counter(usual.values())
    owner = {color: value for value, color in usual.items() if times[color] == 1}
    bad = {
        key: owner[key & 0xFFFFFF]
        for key in unique.tolist()
        if owner.get(key & 0xFFFFFF, key >> 24) != key >> 24
    }
    return {
        int(mask): f'value {key >> 24} has the colour #{key & 0xFFFFFF:06x}, which is '
        f'value {bad[key]} in most masks: a palette in another order; save the mask '
        'with the palette of the others, or convert all by their colours '
        '(fss-mm convert folder --colors)'
        for mask, key in zip(mask_ids[colored].tolist(), keys.tolist())
        if key in bad
    }
