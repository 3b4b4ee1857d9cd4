"""How mask files are read: what the values in them mean.

The index and the loader of masks ask the same :class:`MaskReading`, so that they cannot
disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .class_names import IGNORE_INDEX

FOREGROUNDS = ('white', 'black', 'nonzero')
WHITE = 128
_HIGHEST = 255


@dataclass(frozen=True)
class MaskReading:
    """What each value of a mask means: a label.

    Labels are 0 background, 255 ignored, and class ids; in masks of one class it has
    the label 1. There are two kinds of masks:

    - Index masks, where ``table`` has the label of each value.
    - Masks of one class, where ``foreground`` says what is the class:

      - ``None``: 1 in a mask of the values 0, 1 and 255 that holds 1, which ignores
        255; in any other mask what is 128 or above.
      - ``'white'``: 1 in a mask of 0 and 1; in any other what is 128 or above.
      - ``'black'``: all that is not white.
      - ``'nonzero'``: all but 0.

    Args:
        table (tuple[int, ...], optional): 256 labels. Defaults to None.
        foreground (str, optional): As above. Defaults to None.
        ignore (tuple[int, ...]): Values that are ignored in any case. Defaults to ().

    Raises:
        ValueError: For another foreground, or values that are none of 8 bits.
    """

    table: tuple[int, ...] | None = None
    foreground: str | None = None
    ignore: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.foreground not in (None, *FOREGROUNDS):
            raise ValueError(
                f'foreground={self.foreground!r}, expected one of {FOREGROUNDS} or None'
            )
        wrong = [v for v in self.ignore if v not in range(_HIGHEST + 1)]
        if wrong:
            raise ValueError(f'ignore={wrong}, expected values from 0 to {_HIGHEST}')

    @classmethod
    def of_index_masks(
        cls, values: Mapping[int, int] | None = None, ignore: Sequence[int] = ()
    ) -> MaskReading:
        """A reading of index masks.

        Args:
            values (Mapping[int, int], optional): Value to label; others are background,
                and 255 is ignored unless it is named. Defaults to None: a value is its
                label.
            ignore (Sequence[int]): Values that are ignored. Defaults to ().
        """
        table = dict(zip(range(_HIGHEST + 1), range(_HIGHEST + 1)))
        if values is not None:
            table = dict.fromkeys(table, 0) | {IGNORE_INDEX: IGNORE_INDEX} | values
        return cls(tuple(table.values()), ignore=tuple(ignore))

    @cached_property
    def digest(self) -> str:
        """A short name of this way of reading."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    @property
    def is_binary(self) -> bool:
        """Whether masks are of one class each."""
        return self.table is None

    @property
    def takes_lossy(self) -> bool:
        """Whether small changes of values, such as a JPEG's, do no harm."""
        return self.foreground in ('white', 'black')

    def labels(
        self,
        values: np.ndarray,
        mask_ids: np.ndarray | None = None,
        num_masks: int = 1,
    ) -> np.ndarray:
        """Say what values mean, of which each mask has its own.

        Args:
            values (np.ndarray): (R,) integers, all that each mask holds.
            mask_ids (np.ndarray, optional): (R,) the mask of each, below ``num_masks``.
                Defaults to None: all are of one mask.
            num_masks (int): Number of masks. Defaults to 1.

        Returns:
            np.ndarray: (R,) uint8 labels.
        """
        if mask_ids is None:
            mask_ids = np.zeros(len(values), dtype=np.int64)
        given = np.isin(values, self.ignore)
        if self.table is not None:
            labels = np.array(self.table, dtype=np.uint8)[values]
        elif self.foreground == 'nonzero':
            labels = (values > 0).astype(np.uint8)
        else:
            kept = np.flatnonzero(~given)
            labels = np.zeros(len(values), dtype=np.uint8)
            labels[kept] = self._thresholded(values[kept], mask_ids[kept], num_masks)
        return np.where(given, IGNORE_INDEX, labels).astype(np.uint8)

    def label_pixels(self, mask: np.ndarray) -> np.ndarray:
        """The same of the pixels of a mask: (H, W) uint8 to (H, W) uint8."""
        values = np.flatnonzero(np.bincount(mask.ravel(), minlength=_HIGHEST + 1))
        table = np.zeros(_HIGHEST + 1, dtype=np.uint8)
        table[values] = self.labels(values)
        return table[mask]

    def numbered(
        self, values: np.ndarray, mask_ids: np.ndarray, num_masks: int
    ) -> np.ndarray:
        """Which masks of one class hold numbers, 1 for the class: (num_masks,) bool.

        Arguments are those of :meth:`labels`, without ignored values.
        """
        has_one, has_other = np.zeros((2, num_masks), dtype=bool)
        has_one[mask_ids[values == 1]] = True
        other = values > 1
        if self.foreground is None:
            other &= values != IGNORE_INDEX
        has_other[mask_ids[other]] = True
        return has_one & ~has_other

    def _thresholded(
        self, values: np.ndarray, mask_ids: np.ndarray, num_masks: int
    ) -> np.ndarray:
        numbered = self.numbered(values, mask_ids, num_masks)[mask_ids]
        white = np.where(numbered, values == 1, values >= WHITE)
        if self.foreground == 'black':
            return ~white
        void = numbered & (values == IGNORE_INDEX)  # there is none in numbered 'white'
        return np.where(void, IGNORE_INDEX, white)


def union(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Lay masks of one class over each other: the class comes before what is ignored.

    Args:
        masks (Sequence[np.ndarray]): (H, W) uint8 labels 0, 1 and 255, of one size.
    """
    first, *others = masks
    if not others:
        return first
    stack = np.stack(masks)
    void = (stack == IGNORE_INDEX).any(axis=0)
    ignored = np.where(void, IGNORE_INDEX, 0)
    return np.where((stack == 1).any(axis=0), 1, ignored).astype(np.uint8)
