"""Masks of one class each: what is foreground in them, seen in the table of values.

A pixel is foreground from the value 128 on or, in masks of 0 and 1, where it is 1.
"""

from __future__ import annotations

import numpy as np

from .mask_problems import palette_conflicts
from .mask_table import MaskTable

BINARY_THRESHOLD = 128
_BLACK, _WHITE = 0x000000, 0xFFFFFF


def highest_values(table: MaskTable) -> np.ndarray:
    """Highest value of each mask: (N,) int64, 0 for one that could not be read."""
    top = np.zeros(len(table.names), dtype=np.int64)
    np.maximum.at(top, table.mask_ids, table.rows[:, 0])
    return top


def binary_counts(table: MaskTable) -> list[tuple[int, int, int]]:
    """Mask, foreground pixels and those on the grid, of each mask that shows any."""
    fg = _is_foreground(table)
    counts = np.zeros((len(table.names), 2), dtype=np.int64)
    np.add.at(counts, table.mask_ids[fg], table.rows[fg][:, 1:3])
    return [(i, *map(int, counts[i])) for i in np.flatnonzero(counts[:, 0])]


def grey_counts(table: MaskTable) -> dict[int, int]:
    """Mask to pixels between black and white, of the masks that have any.

    The edges of a smoothed mask are grey; the threshold decides them.
    """
    values = table.rows[:, 0]
    grey = (values > 0) & (values < 255) & (highest_values(table)[table.mask_ids] > 1)
    counts = np.zeros(len(table.names), dtype=np.int64)
    np.add.at(counts, table.mask_ids[grey], table.rows[grey, 1])
    return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}


def binary_problems(table: MaskTable) -> dict[int, str]:
    """Mask to reason and remedy, of masks that do not mean what they say.

    Those are masks whose highest value is neither 1 nor 128 and above, in which nothing
    would be foreground; and masks whose palette has black and white exchanged.
    """
    fg = _is_foreground(table)
    colours = table.rows[:, 3]
    shown = np.where(colours < 0, np.where(fg, _WHITE, _BLACK), colours)
    rows = np.column_stack([fg, table.rows[:, 1:3], shown])
    found = palette_conflicts(table.mask_ids, rows)
    for mask, top in enumerate(highest_values(table).tolist()):
        if 1 < top < BINARY_THRESHOLD:
            found[mask] = (
                f'values up to {top}, expected 0 and 1, or 0 and 255: nothing in it '
                'is foreground; save the class as 255'
            )
    return found


def _is_foreground(table: MaskTable) -> np.ndarray:
    values = table.rows[:, 0]
    top = highest_values(table)[table.mask_ids]
    return np.where(top > 1, values >= BINARY_THRESHOLD, values == 1)
