"""Masks of one class each that may not mean what they say, seen in all of a class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..utils.text import option
from .binary_masks import USUAL, numbered_rows, table_labels
from .class_names import IGNORE_INDEX
from .mask_problems import palette_conflicts, values_text
from .mask_reading import WHITE, MaskReading
from .mask_table import MaskTable
from .mask_values import HIGHEST

SAVE_AGAIN = 'save the class as 255'
_BLACK, _WHITE = 0x000000, 0xFFFFFF
_FEW = 3  # more values than these are the blends of a smoothed edge
_MOST_MASKS, _MOST_PIXELS, _FEWEST = 0.9, 0.5, 2


def binary_problems(
    table: MaskTable,
    reading: MaskReading = USUAL,
    remedies: Mapping[int, str] | None = None,
) -> dict[int, str]:
    """Mask to reason and remedy, of masks that do not mean what they say.

    Those are masks whose highest value is neither 1 nor 128 and above, in which nothing
    would be foreground; and masks whose palette has black and white exchanged.

    Args:
        table (MaskTable): Of all masks.
        reading (MaskReading): How they are read. Defaults to the usual way; what a user
            states of the foreground is not doubted.
        remedies (Mapping[int, str], optional): Mask to the remedy where nothing is
            foreground. Defaults to None: to save it again.
    """
    found = _exchanged(table, reading)
    if reading.foreground is None:
        for mask, value in dim_masks(table, reading).items():
            found[mask] = (
                f'values up to {value}, expected 0 and 1, or 0 and 255: nothing in it '
                f'is foreground; {(remedies or {}).get(mask, SAVE_AGAIN)}'
            )
    return found


def dim_masks(table: MaskTable, reading: MaskReading = USUAL) -> dict[int, int]:
    """Mask to its highest value, where that is between 1 and 128."""
    kept = ~np.isin(table.rows[:, 0], reading.ignore)
    top = np.zeros(len(table.names), dtype=np.int64)
    np.maximum.at(top, table.mask_ids[kept], table.rows[kept, 0])
    return {i: int(top[i]) for i in np.flatnonzero((top > 1) & (top < WHITE)).tolist()}


def class_doubts(
    table: MaskTable,
    classes: Mapping[str, np.ndarray],
    reading: MaskReading = USUAL,
) -> list[str]:
    """What all masks of a class say together, and no mask alone: a line each.

    Args:
        table (MaskTable): Of all masks.
        classes (Mapping[str, np.ndarray]): What to call the masks of a class, and
            (M,) which they are.
        reading (MaskReading): How they are read. A user's statement is not doubted.
    """
    if reading.foreground is not None:
        return []
    values = class_values(table, classes, ~numbered_rows(table, reading), reading)
    dim = [*dim_masks(table, reading)]  # which are problems themselves
    lines = [
        f'{label} {doubt}'
        for label, masks in classes.items()
        if not np.isin(masks, dim).any()
        for doubt in _grey_levels(values[label])
    ]
    shares = _inverted_shares(table, classes, reading)
    remedy = 'if so, invert these masks'
    if len(shares) == len(classes):
        remedy = f'if so, {option("foreground", "black")}'
    lines += [
        f'{label} (on {share:.0%} of the pixels): nearly all masks show more of the '
        f'class than of anything else; are they inverted, with the class in black? '
        f'{remedy}; if not, {option("foreground", "white")}'
        for label, share in shares.items()
    ]
    return lines


def dim_remedies(
    table: MaskTable, classes: Mapping[str, np.ndarray], reading: MaskReading = USUAL
) -> dict[int, str]:
    """Mask to what to do about it, where nothing in it is foreground.

    Args:
        table (MaskTable): Of all masks.
        classes (Mapping[str, np.ndarray]): As in :func:`class_doubts`.
        reading (MaskReading): How they are read. Defaults to the usual way.
    """
    dim = [*dim_masks(table, reading)]
    values = class_values(table, classes, np.ones(len(table.rows), bool), reading)
    return {
        mask: _dim_remedy(values[label])
        for label, masks in classes.items()
        for mask in masks[np.isin(masks, dim)].tolist()
    }


def class_values(
    table: MaskTable,
    classes: Mapping[str, np.ndarray],
    chosen: np.ndarray,
    reading: MaskReading,
) -> dict[str, list[int]]:
    """Values of the masks of each class, without 0 and those that are ignored.

    Args:
        table (MaskTable): Of all masks.
        classes (Mapping[str, np.ndarray]): As in :func:`class_doubts`; a mask is of one
            class.
        chosen (np.ndarray): (R,) bool, which rows of the table to look at.
        reading (MaskReading): Says which values are ignored.
    """
    owner = np.full(len(table.names), len(classes))  # behind all classes: of none
    for place, masks in enumerate(classes.values()):
        owner[masks] = place
    held = np.zeros((len(classes) + 1, HIGHEST + 1), dtype=bool)
    held[owner[table.mask_ids[chosen]], table.rows[chosen, 0]] = True
    held[:, [0, *reading.ignore]] = False
    return {label: np.flatnonzero(row).tolist() for label, row in zip(classes, held)}


def _dim_remedy(values: list[int]) -> str:
    """What to do about masks of a class that has these values."""
    if len(values) == 1:
        return f'if it is the class, {option("foreground", "nonzero")}'
    if max(values, default=0) < WHITE:
        return (
            f'the class has {values_text(values)}: if these are ids of classes, put '
            'the masks into the folder above and name the classes; else '
            f'{option("foreground", "nonzero")}'
        )
    return _level_remedy([v for v in values if v != IGNORE_INDEX][:1])


def _grey_levels(values: list[int]) -> list[str]:
    """A second value of the foreground, which is no edge: uncertain, or the class?"""
    grey = [value for value in values if value != IGNORE_INDEX]
    if not 1 < len(values) <= _FEW or max(values) < WHITE:
        return []
    return [
        f'({values_text(grey)} beside {max(values)}): greys that are too few for '
        f'smoothed edges; {_level_remedy(grey)}'
    ]


def _level_remedy(grey: list[int]) -> str:
    return (
        f'if these pixels are uncertain, {option("ignore", grey)}; if they are the '
        f'class too, {option("foreground", "nonzero")}; if {WHITE} and above is right, '
        f'{option("foreground", "white")}'
    )


def _inverted_shares(
    table: MaskTable, classes: Mapping[str, np.ndarray], reading: MaskReading
) -> dict[str, float]:
    """Share of each class that is most of the picture in nearly every mask."""
    fg = table_labels(table, reading) == 1
    pixels = np.zeros((2, len(table.names)), dtype=np.int64)
    np.add.at(pixels[0], table.mask_ids, table.rows[:, 1])
    np.add.at(pixels[1], table.mask_ids[fg], table.rows[fg, 1])
    shares = {}
    for label, masks in classes.items():
        whole, shown = pixels[:, masks[pixels[1, masks] > 0]]
        most = (shown > _MOST_PIXELS * whole).sum()
        if len(shown) >= _FEWEST and most >= _MOST_MASKS * len(shown):
            shares[label] = float(shown.sum() / whole.sum())
    return shares


def _exchanged(table: MaskTable, reading: MaskReading) -> dict[int, str]:
    """Masks whose palette shows the class in the colour of the background."""
    labels, colors = table_labels(table, reading), table.rows[:, 3]
    white = labels == int(reading.foreground != 'black')
    shown = np.where(colors < 0, np.where(white, _WHITE, _BLACK), colors)
    rows = np.column_stack([labels, table.rows[:, 1:3], shown])
    counted = labels != IGNORE_INDEX  # which has any colour
    return palette_conflicts(table.mask_ids[counted], rows[counted])
