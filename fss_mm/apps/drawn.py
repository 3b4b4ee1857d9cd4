"""Pictures that the page shows.

Shape letters: H W image size.
"""

from __future__ import annotations

import base64
import io

import cv2
import numpy as np
from PIL import Image

# Okabe and Ito's colours, which colour-blind people can tell apart, and lighter ones
COLORS = (
    '#56b4e9', '#e69f00', '#cc79a7', '#009e73', '#f0e442', '#d55e00', '#0072b2',
    '#b3de69', '#fb8072', '#bebada', '#fccde5', '#80b1d3',
)  # fmt: skip
_EDGE = 100  # added to the place of a class: its outline
_ALPHA = bytes([0] + [160] * (_EDGE - 1) + [255] * (256 - _EDGE))


def jpeg(pixels: np.ndarray) -> bytes:
    """A photograph (H, W, 3), uint8, BGR."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., ::-1])).save(
        buffer, 'JPEG', quality=88
    )
    return buffer.getvalue()


def mask_layer(mask: np.ndarray) -> str:
    """A mask as a picture to be laid over its photograph, as an address of its data.

    Args:
        mask (np.ndarray): (H, W), uint8: 0, which is transparent, or the place of a
            class from 1 on.
    """
    image = Image.fromarray(_outlined(mask), 'P')
    colors = [COLORS[max(0, i % _EDGE - 1) % len(COLORS)] for i in range(256)]
    image.putpalette(b''.join(bytes.fromhex(c[1:]) for c in colors))
    buffer = io.BytesIO()
    image.save(buffer, 'PNG', transparency=_ALPHA)
    return f'data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}'


def _outlined(mask: np.ndarray) -> np.ndarray:
    """A mask whose edges have numbers of their own."""
    thick = max(1, round(max(mask.shape) / 300))
    kernel = np.ones((2 * thick + 1,) * 2, np.uint8)
    low, high = cv2.erode(mask, kernel), cv2.dilate(mask, kernel)
    edge = (mask > 0) & (low != high)
    return np.where(edge, mask + _EDGE, mask).astype(np.uint8)
