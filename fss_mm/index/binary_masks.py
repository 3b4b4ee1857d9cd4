"""Masks of one class each, in the table of values: counts of what they show."""

from __future__ import annotations

import numpy as np

from .class_names import IGNORE_INDEX
from .mask_reading import MaskReading
from .mask_table import MaskTable

USUAL = MaskReading()


def table_labels(table: MaskTable, reading: MaskReading = USUAL) -> np.ndarray:
    """(R,) uint8: what each value in each mask means."""
    return reading.labels(table.rows[:, 0], table.mask_ids, len(table.names))


def binary_counts(
    table: MaskTable, reading: MaskReading = USUAL
) -> list[tuple[int, int, int]]:
    """Mask, foreground pixels and those on the grid, of each mask that shows any."""
    fg = table_labels(table, reading) == 1
    counts = np.zeros((len(table.names), 2), dtype=np.int64)
    np.add.at(counts, table.mask_ids[fg], table.rows[fg][:, 1:3])
    return [(i, *map(int, counts[i])) for i in np.flatnonzero(counts[:, 0])]


def void_counts(table: MaskTable, reading: MaskReading = USUAL) -> dict[int, int]:
    """Mask to ignored pixels, of the masks that have any."""
    return _pixels_by_mask(table, table_labels(table, reading) == IGNORE_INDEX)


def gray_counts(table: MaskTable, reading: MaskReading = USUAL) -> dict[int, int]:
    """Mask to pixels between black and white, of the masks that have any.

    The edges of a smoothed mask are grey; a threshold decides them.
    """
    if reading.foreground == 'nonzero':
        return {}
    values = table.rows[:, 0]
    between = (values > 0) & (values < 255) & ~numbered_rows(table, reading)
    return _pixels_by_mask(table, between & ~np.isin(values, reading.ignore))


def numbered_rows(table: MaskTable, reading: MaskReading = USUAL) -> np.ndarray:
    """(R,) bool: rows of masks whose values are numbers, 1 for the class."""
    values, ids = table.rows[:, 0], table.mask_ids
    kept = ~np.isin(values, reading.ignore)
    return reading.numbered(values[kept], ids[kept], len(table.names))[ids]


def _pixels_by_mask(table: MaskTable, chosen: np.ndarray) -> dict[int, int]:
    """Pixels of the chosen rows in each mask that has any."""
    counts = np.zeros(len(table.names), dtype=np.int64)
    np.add.at(counts, table.mask_ids[chosen], table.rows[chosen, 1])
    return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}
