"""Images with more pixels than Pillow opens."""

from __future__ import annotations

import re

from PIL import Image


def too_large(error: Image.DecompressionBombError) -> str:
    """What to do about an image with more pixels than Pillow opens."""
    size = re.search(r'\d+', str(error))
    pixels = f'{int(size[0]):,} pixels' if size else 'an image'
    return (
        f'{pixels}, more than the {2 * Image.MAX_IMAGE_PIXELS:,} that Pillow opens; '
        'cut it into tiles, the image and its mask alike'
    )
