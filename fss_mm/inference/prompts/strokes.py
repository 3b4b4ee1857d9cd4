"""Images of strokes.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from ...index.mask_values import require_intact, several_pages
from ...index.undecodable import undecodable
from ..mask_turns import other_size, upright
from ..own_masks import UnusableMask
from ..pictures import Picture
from .drawing import draw_scribbles, merge_strokes
from .kinds import ScribbleImage, Scribbles

_HIGH, _LOW = 200, 80  # of a channel: smooth edges and a JPEG's noise
_OPAQUE = 128
_NOISE = 24  # between two copies of a photograph
_GREEN, _RED = 1, 0  # channels


def strokes_of(picture: Picture, scribbles: Scribbles | ScribbleImage) -> np.ndarray:
    """Strokes on a picture, drawn or read.

    Returns:
        np.ndarray: (H, W), uint8, as of :func:`~.drawing.draw_scribbles`.

    Raises:
        UnusableMask: As :func:`read_strokes` does.
    """
    if isinstance(scribbles, Scribbles):
        return draw_scribbles(scribbles, picture.size)
    return read_strokes(scribbles, picture)


def read_strokes(image: ScribbleImage, picture: Picture) -> np.ndarray:
    """Read an image of strokes.

    Args:
        image (ScribbleImage): Where it is.
        picture (Picture): What the strokes are on. An image that has the size of the
            file before it was turned by its EXIF tag is turned alike, which is said.

    Returns:
        np.ndarray: (H, W), uint8, as of :func:`~.drawing.draw_scribbles`.

    Raises:
        UnusableMask: If it cannot be read, has another size, or no green stroke.
    """
    named = isinstance(image.source, (str, Path))
    name = str(image.source) if named else f'strokes of {picture.name}'
    try:
        opened = _opened(image.source)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        reason = undecodable(image.source, error) if named else error
        raise UnusableMask(f'{name}: {reason}') from error
    except ValueError as error:
        raise UnusableMask(f'{name}: {error}') from error
    bands = np.asarray(opened.convert('RGBA'))
    fitted = upright(bands, picture, name)
    if fitted is None:
        raise UnusableMask(
            f'{other_size(bands, picture, name)}; draw strokes on a copy of the '
            'image in its own size'
        )
    green, red = (_strokes(fitted, channel, picture) for channel in (_GREEN, _RED))
    if not green.any():
        raise UnusableMask(
            f'{name}: no green stroke (#00ff00) on the object; draw on a copy of the '
            'photograph, or on an empty image of its size: green lines (#00ff00) on '
            'the object, red ones (#ff0000) beside it'
        )
    return merge_strokes(green, red)


def _opened(source: object) -> Image.Image:
    if isinstance(source, np.ndarray):
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3:
            raise ValueError(
                f'an array of shape {source.shape} and type {source.dtype}, expected '
                '(H, W, 3) of uint8 in the order B, G, R'
            )
        return Image.fromarray(np.ascontiguousarray(source[..., ::-1]))
    if isinstance(source, Image.Image):
        return ImageOps.exif_transpose(source)
    if not isinstance(source, (str, Path)):
        raise ValueError(
            f'of type {type(source).__name__}, expected a file, an array (H, W, 3) of '
            "uint8 or Pillow's image"
        )
    path = Path(source).expanduser()
    if not path.is_file():
        raise ValueError('no such file')
    require_intact(path)
    with Image.open(path) as image:
        if pages := several_pages(image):
            raise ValueError(pages)
        return ImageOps.exif_transpose(image)


def _strokes(bands: np.ndarray, channel: int, picture: Picture) -> np.ndarray:
    """Where one channel alone is high, is seen, and is not the photograph's own.

    Args:
        bands (np.ndarray): (H, W, 4), uint8, RGBA.
        channel (int): Of red or green.
        picture (Picture): The photograph, which may show such colours, too.

    Returns:
        np.ndarray: (H, W), bool.
    """
    others = [band for band in range(3) if band != channel]
    dark = (bands[..., others] <= _LOW).all(axis=2)
    seen = (bands[..., channel] >= _HIGH) & dark & (bands[..., 3] >= _OPAQUE)
    own = cv2.absdiff(np.ascontiguousarray(bands[..., 2::-1]), picture.pixels)
    return seen & (own.max(axis=2) > _NOISE)
