"""An image file as three channels of 8 bits; deep ones by a stated range."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from mmcv.transforms import Compose, LoadImageFromFile
from PIL import Image, ImageOps

from ...registry import TRANSFORMS

_HIGHEST = 255


@TRANSFORMS.register_module()
class LoadFewShotImage(LoadImageFromFile):
    """Load an image as mmcv's ``LoadImageFromFile`` does, or scale a deep one.

    Where the data set says with ``img_range`` which values are black and white, grey
    images of 16 or 32 bits and of floats are scaled to 0 ... 255, rounded; what lies
    outside of the range is black or white.

    Required keys: ``img_path`` and perhaps ``img_range`` (low, high).
    Added or modified keys: ``img`` (H, W, 3) uint8, ``img_shape``, ``ori_shape``.

    Args:
        **kwargs: As in ``LoadImageFromFile``.
    """

    def transform(self, results: dict) -> dict | None:
        """Load an image.

        Raises:
            OSError: If the file cannot be decoded.
        """
        if results.get('img_range') is not None:
            image = scaled_image(results['img_path'], *results['img_range'])
            if image is not None:
                results['img'] = image
                results['img_shape'] = results['ori_shape'] = image.shape[:2]
                return results
        return super().transform(results)


def scaled_image(path: str, low: float, high: float) -> np.ndarray | None:
    """A deep image as 8 bits.

    Args:
        path (str): The file.
        low (float): The value that is black.
        high (float): The value that is white.

    Returns:
        np.ndarray | None: (H, W, 3) uint8; None for an image of 8 bits.
    """
    with Image.open(path) as image:
        if image.mode[0] not in 'IF':
            return None
        pixels = np.array(ImageOps.exif_transpose(image), dtype=np.float64)
    share = (np.nan_to_num(pixels, nan=low) - low) / (high - low)
    gray = np.rint(share.clip(0, 1) * _HIGHEST).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def require_scaling(pipelines: Iterable[Compose]) -> None:
    """Check that pipelines scale deep images.

    Raises:
        ValueError: If one has another loader, which would clip them.
    """
    for pipeline in pipelines:
        if not any(isinstance(t, LoadFewShotImage) for t in pipeline.transforms):
            raise ValueError(
                "img_range needs dict(type='LoadFewShotImage', imdecode_backend="
                "'pillow') in the pipelines, in the place of LoadImageFromFile"
            )
