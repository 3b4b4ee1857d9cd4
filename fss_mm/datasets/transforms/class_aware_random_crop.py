"""A random crop that keeps the episode's class in the image."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmseg.datasets.transforms import RandomCrop

from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class ClassAwareRandomCrop(RandomCrop):
    """mmseg's ``RandomCrop``, among the crops that keep enough of the class.

    A support without a pixel of its class says nothing. Of the class's pixels before
    the crop, a share ``min_class_share`` is kept, or as much as a crop of this size can
    hold. The first draw is that of ``RandomCrop`` and stands where it keeps enough;
    else one is drawn among all that do, so that each of these is equally likely.

    Comes behind ``LoadFewShotMask``. Without a pixel of the class it is ``RandomCrop``.

    Required keys: ``img``, ``gt_seg_map`` (H, W), in which 1 is the class.
    Modified keys: ``img``, ``img_shape`` and all ``seg_fields``.

    Args:
        crop_size (int | tuple[int, int]): (height, width).
        min_class_share (float): In (0, 1]. Defaults to 0.25: behind a ``RandomResize``
            up to 1.5 any crop holds 0.44 of a class that is everywhere.

    Raises:
        ValueError: If the share is out of range.

    Examples:
        >>> dict(type='ClassAwareRandomCrop', crop_size=(321, 321))
    """

    def __init__(
        self, crop_size: int | tuple[int, int], min_class_share: float = 0.25
    ) -> None:
        super().__init__(crop_size)
        if not 0 < min_class_share <= 1:
            raise ValueError(
                f'min_class_share={min_class_share!r}, expected a number above 0 and '
                'at most 1'
            )
        self.min_class_share = min_class_share

    @cache_randomness
    def crop_bbox(self, results: dict) -> tuple[int, int, int, int]:
        """Choose a crop: first row, last row + 1, first column, last column + 1."""
        box = super().crop_bbox(results)
        mask = results.get('gt_seg_map')
        fg = None if mask is None else (mask == 1).astype(np.uint8)
        if fg is None or not fg.any():
            return box
        kept = pixels_in_crops(fg, self.crop_size)
        enough = min(max(1, self.min_class_share * fg.sum()), kept.max())
        if kept[box[0], box[2]] >= enough:
            return box
        places = np.argwhere(kept >= enough)
        y, x = map(int, places[np.random.randint(len(places))])
        return y, y + self.crop_size[0], x, x + self.crop_size[1]

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(crop_size={self.crop_size}, '
            f'min_class_share={self.min_class_share})'
        )


def pixels_in_crops(fg: np.ndarray, crop_size: tuple[int, int]) -> np.ndarray:
    """How many pixels of a class each crop of a size holds.

    Args:
        fg (np.ndarray): (H, W) uint8: 1 where the class is, else 0.
        crop_size (tuple[int, int]): (h, w); a larger crop is cut at the border.

    Returns:
        np.ndarray: (max(H - h, 0) + 1, max(W - w, 0) + 1) int32, by the crop's first
        row and column.
    """
    height, width = (min(n, size) for n, size in zip(fg.shape, crop_size))
    sums = cv2.integral(fg)
    bottom, top = sums[height:], sums[:-height]
    rows = bottom - top
    return rows[:, width:] - rows[:, :-width]
