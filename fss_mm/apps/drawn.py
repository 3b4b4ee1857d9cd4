"""Pictures that the page shows.

Shape letters: H W image size.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

# Okabe and Ito's colours, which colour-blind people can tell apart, and lighter ones
COLORS = (
    '#e69f00', '#56b4e9', '#cc79a7', '#009e73', '#f0e442', '#d55e00', '#0072b2',
    '#b3de69', '#fb8072', '#bebada', '#fccde5', '#80b1d3',
)  # fmt: skip
_OPAQUE = bytes([0]) + bytes([255]) * 255


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
    image = Image.fromarray(np.ascontiguousarray(mask), 'P')
    colors = [COLORS[i % len(COLORS)] for i in range(255)]
    image.putpalette(b'\0\0\0' + b''.join(bytes.fromhex(c[1:]) for c in colors))
    buffer = io.BytesIO()
    image.save(buffer, 'PNG', transparency=_OPAQUE)
    return f'data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}'
