"""Uploaded bytes to masks, read as the library reads them.

Shape letters: H W image size.
"""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image, ImageOps

from ..index import IGNORE_INDEX
from ..index.mask_values import several_pages
from ..inference.mask_labels import to_labels
from ..inference.mask_turns import warn_in_log
from ..inference.own_masks import MaskSource, read_mask
from .limits import Limits, Refused
from .uploads import FORMATS, Photograph, require_image


def read_mask_of(
    content: bytes, name: str, photograph: Photograph, limits: Limits
) -> np.ndarray:
    """Decode an uploaded mask, as the library reads one.

    Args:
        content (bytes): Of the file.
        name (str): Safe.
        photograph (Photograph): What it belongs to, of the same size. A mask of the
            size before the photograph was turned by its EXIF tag is turned alike.
        limits (Limits): As in :func:`read_photograph`.

    Returns:
        np.ndarray: (H, W), uint8, at the size that is worked with: 0 background, 1 the
        class, 255 counts nowhere.

    Raises:
        Refused: If it is no mask, or of another size, or shows nothing.
    """
    require_image(content, name, limits)
    shown = photograph.picture
    whole = replace(shown, pixels=np.empty((*photograph.size, 0), np.uint8))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if pages := several_pages(image):
                raise Refused(f'{name}: {pages}')
            width, height = ImageOps.exif_transpose(image).size
            size = height, width
            fit = [p for p in (whole, shown) if size in (p.size, p.stored_size)]
            if not fit:
                raise Refused(_other_size(name, size, photograph))
            if not any(image.convert('L').tobytes()):
                raise Refused(f'{name}: an empty mask, all black; paint the object')
            labels = read_mask(_exact(image, name), fit[0])
    except Refused:
        raise
    except (EOFError, OSError, SyntaxError, ValueError) as error:
        raise Refused(
            f'{name}: no mask; give a picture of the size of the photograph, white (or '
            '1) where the object is, and black (or 0) where it is not'
        ) from error
    return _reduced_labels(labels, shown.size)


def _exact(image: Image.Image, name: str) -> MaskSource:
    """A mask whose values are exact; a JPEG's are not: from 128 on is the class."""
    if image.format not in ('JPEG', 'MPO'):
        return image
    warn_in_log(f'{name}: a JPEG, whose values are not exact: from 128 on is the class')
    grey = ImageOps.exif_transpose(image).convert('L')
    return to_labels(grey, None, is_lossy=True)


def _reduced_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Labels (H, W) at a size: what most of the pixels are that become one."""
    reduced = np.zeros(size, np.uint8)
    for value in (IGNORE_INDEX, 1):
        part = (labels == value).astype(np.uint8)
        area = cv2.resize(part, size[::-1], interpolation=cv2.INTER_AREA)
        reduced[area > 0] = value
    return reduced


def _other_size(name: str, size: tuple[int, int], photograph: Photograph) -> str:
    (height, width), (own_height, own_width) = size, photograph.size
    return (
        f'{name}: {width} x {height} pixels, and {photograph.name} has {own_width} x '
        f'{own_height}; give a mask of that size'
    )
