"""What is left of a class when its mask is resized, before anything is resized.

A mask is resized by taking one pixel out of many (nearest neighbour): an object that
lies between the rows and columns that are taken is gone.

Shape letters: H W mask size, h w size that it is resized to.
"""

from __future__ import annotations

import cv2
import numpy as np


def kept_lines(length: int, resized: int) -> np.ndarray:
    """Which rows (or columns) of a mask its resized form shows.

    Args:
        length (int): Number of rows, H.
        resized (int): Number of rows of the resized mask, h.

    Returns:
        np.ndarray: (h,) int32, positions below H, as mmcv and mmseg resize masks.
    """
    lines = np.arange(length, dtype=np.int32)[None]
    return cv2.resize(lines, (resized, 1), interpolation=cv2.INTER_NEAREST)[0]


def pixels_after_resizing(mask: np.ndarray, size: tuple[int, int]) -> int:
    """How many pixels of a class its mask shows once it is resized.

    Args:
        mask (np.ndarray): (H, W) bool: where the class is.
        size (tuple[int, int]): (h, w): what ``Resize(scale=(w, h))`` of a pipeline
            makes of it, with ``keep_ratio=False``.

    Returns:
        int: 0 where the class vanishes.

    Examples:
        >>> pixels_after_resizing(index_mask == 3, (321, 321))
        0
    """
    rows, columns = (kept_lines(n, m) for n, m in zip(mask.shape, size))
    return int(np.count_nonzero(mask[np.ix_(rows, columns)]))


def box_vanishes(
    box: tuple[int, int, int, int], shape: tuple[int, int], size: tuple[int, int]
) -> bool:
    """Whether nothing at all within a box is left of a mask once it is resized.

    Enough to say that an object vanishes, without its mask; what is in a larger box may
    vanish all the same, if it is thin (:func:`pixels_after_resizing` tells).

    Args:
        box (tuple[int, int, int, int]): First row, first column, and those behind the
            last ones.
        shape (tuple[int, int]): (H, W).
        size (tuple[int, int]): (h, w).
    """
    spans = (box[0], box[2]), (box[1], box[3])
    return not all(
        np.any((lines >= start) & (lines < end))
        for (start, end), lines in zip(spans, map(kept_lines, shape, size))
    )
