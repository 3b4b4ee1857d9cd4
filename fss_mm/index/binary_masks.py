"""Masks of one class each: what is foreground in them, seen in the values they hold.

- In a mask of the values 0, 1 and 255 that holds 1, 1 is the class; 255 is ignored.
- In any other mask the class is what is 128 or above: white, and a smoothed edge.
"""

from __future__ import annotations

import numpy as np

from .class_index import IGNORE_INDEX
from .mask_problems import palette_conflicts
from .mask_table import MaskTable

BINARY_THRESHOLD = 128
_BLACK, _WHITE = 0x000000, 0xFFFFFF


def binary_labels(
    values: np.ndarray, mask_ids: np.ndarray | None = None, num_masks: int = 1
) -> np.ndarray:
    """Say what values mean, of which each mask has its own.

    Args:
        values (np.ndarray): (R,) integers, all that each mask holds.
        mask_ids (np.ndarray, optional): (R,) the mask of each, below ``num_masks``.
            Defaults to None: all are of one mask.
        num_masks (int): Number of masks. Defaults to 1.

    Returns:
        np.ndarray: (R,) uint8: 0 background, 1 the class, 255 ignored.
    """
    if mask_ids is None:
        mask_ids = np.zeros(len(values), dtype=np.int64)
    numbered = _numbered(values, mask_ids, num_masks)[mask_ids]
    void = numbered & (values == IGNORE_INDEX)
    is_class = np.where(numbered, values == 1, values >= BINARY_THRESHOLD)
    return np.where(void, IGNORE_INDEX, is_class).astype(np.uint8)


def label_pixels(mask: np.ndarray) -> np.ndarray:
    """The same of the pixels of a mask: (H, W) uint8 to (H, W) uint8."""
    values = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
    table = np.zeros(256, dtype=np.uint8)
    table[values] = binary_labels(values)
    return table[mask]


def binary_counts(table: MaskTable) -> list[tuple[int, int, int]]:
    """Mask, foreground pixels and those on the grid, of each mask that shows any."""
    fg = _labels(table) == 1
    counts = np.zeros((len(table.names), 2), dtype=np.int64)
    np.add.at(counts, table.mask_ids[fg], table.rows[fg][:, 1:3])
    return [(i, *map(int, counts[i])) for i in np.flatnonzero(counts[:, 0])]


def void_counts(table: MaskTable) -> dict[int, int]:
    """Mask to ignored pixels, of the masks that have any."""
    return _pixels_by_mask(table, _labels(table) == IGNORE_INDEX)


def gray_counts(table: MaskTable) -> dict[int, int]:
    """Mask to pixels between black and white, of the masks that have any.

    The edges of a smoothed mask are grey; the threshold decides them.
    """
    values, ids = table.rows[:, 0], table.mask_ids
    smoothed = ~_numbered(values, ids, len(table.names))[ids]
    return _pixels_by_mask(table, smoothed & (values > 0) & (values < 255))


def binary_problems(table: MaskTable) -> dict[int, str]:
    """Mask to reason and remedy, of masks that do not mean what they say.

    Those are masks whose highest value is neither 1 nor 128 and above, in which nothing
    would be foreground; and masks whose palette has black and white exchanged.
    """
    labels = _labels(table)
    colors = table.rows[:, 3]
    shown = np.where(colors < 0, np.where(labels == 1, _WHITE, _BLACK), colors)
    rows = np.column_stack([labels, table.rows[:, 1:3], shown])
    counted = labels != IGNORE_INDEX  # which has any colour
    found = palette_conflicts(table.mask_ids[counted], rows[counted])
    top = np.zeros(len(table.names), dtype=np.int64)
    np.maximum.at(top, table.mask_ids, table.rows[:, 0])
    for mask, value in enumerate(top.tolist()):
        if 1 < value < BINARY_THRESHOLD:
            found[mask] = (
                f'values up to {value}, expected 0 and 1, or 0 and 255: nothing in it '
                'is foreground; save the class as 255'
            )
    return found


def _labels(table: MaskTable) -> np.ndarray:
    return binary_labels(table.rows[:, 0], table.mask_ids, len(table.names))


def _numbered(values: np.ndarray, mask_ids: np.ndarray, num_masks: int) -> np.ndarray:
    """Whether each mask holds 1, and no other value than 0, 1 and 255: (N,) bool."""
    has_one, has_other = np.zeros((2, num_masks), dtype=bool)
    has_one[mask_ids[values == 1]] = True
    has_other[mask_ids[(values > 1) & (values != IGNORE_INDEX)]] = True
    return has_one & ~has_other


def _pixels_by_mask(table: MaskTable, chosen: np.ndarray) -> dict[int, int]:
    """Pixels of the chosen rows in each mask that has any."""
    counts = np.zeros(len(table.names), dtype=np.int64)
    np.add.at(counts, table.mask_ids[chosen], table.rows[chosen, 1])
    return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}
