"""Index masks as PNG files."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

# of zlib: label images compress well at once, and more effort is mostly time
_COMPRESS_LEVEL = 1


@cache
def voc_palette() -> bytes:
    """VOC's colours of the values 0 ... 255: (768,) bytes, red, green, blue.

    The bits of a value, lowest first, go to red, green and blue in turn, into their
    bits from the highest down.
    """
    colors = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):
        on = (np.arange(256) >> bit & 1).astype(np.uint8)
        colors[:, bit % 3] |= on << (7 - bit // 3)
    return colors.tobytes()


def encode_mask(mask: np.ndarray, palette: bool = True) -> bytes:
    """A mask (H, W) uint8 as a PNG file.

    Args:
        mask (np.ndarray): (H, W) uint8.
        palette (bool): Show the values in VOC's colours; else they are greys. The
            stored values are the same. Defaults to True.
    """
    image = Image.fromarray(mask)
    if palette:
        image.putpalette(voc_palette())
    file = io.BytesIO()
    image.save(file, 'PNG', compress_level=_COMPRESS_LEVEL)
    return file.getvalue()


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image, from its header.

    Raises:
        OSError: If it is missing or no image.
    """
    with Image.open(path) as image:
        return image.size
