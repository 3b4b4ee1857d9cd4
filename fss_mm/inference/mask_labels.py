"""What in the picture of a mask is the class.

Shape letters: H W image size.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageColor

from ..index.mask_reading import FOREGROUNDS, WHITE, MaskReading
from ..index.mask_values import mask_pixels
from ..utils.spelling import argument

Foreground = str | int | None
_ONE_CHANNEL = ('P', 'L', '1')
_SHOWN, _OF_MANY = 8, 3  # values or colours in a legend
# More shades in between than this, on more of the pixels than that, are a photograph:
# smoothed edges and a JPEG's noise are few pixels, flat greys few shades.
_DARK, _BRIGHT, _MOST_SHADES, _MOST_PIXELS = 32, 224, 32, 0.5


def is_color(foreground: Foreground) -> bool:
    """Whether a foreground is a colour, such as '#ff0000'."""
    return isinstance(foreground, str) and foreground.startswith('#')


def to_labels(
    image: Image.Image, foreground: Foreground, is_lossy: bool = False
) -> np.ndarray:
    """Labels of a mask.

    Args:
        image (Image.Image): One channel of 8 bits; of mode RGB for a colour.
        foreground (str | int, optional): As in :func:`~.own_masks.read_mask`.
        is_lossy (bool): Whether values are not exact: then they are black and white, by
            a threshold. Defaults to False.

    Returns:
        np.ndarray: (H, W), uint8: 0, 1 and 255.

    Raises:
        ValueError: For another foreground, or a photograph in the place of a mask.
    """
    if is_color(foreground):
        return (np.asarray(image) == _color(foreground)).all(axis=2).astype(np.uint8)
    if foreground is None:
        _refuse_photographs(image)
    if is_lossy:
        image = image.point(lambda value: 255 * (value >= WHITE))
    if isinstance(foreground, int):
        reading = MaskReading.of_index_masks({foreground: 1})
    elif foreground in (None, *FOREGROUNDS):
        reading = MaskReading(foreground=foreground)
    else:
        raise ValueError(
            f'{argument("foreground", foreground)}, expected one of {FOREGROUNDS}, a '
            "value such as 2, or a colour such as '#ff0000'"
        )
    return reading.label_pixels(mask_pixels(image))


def legend(image: Image.Image) -> str:
    """The values or colours of a mask, with the share of pixels that each has."""
    if image.mode in _ONE_CHANNEL:
        kind, pixels = 'values', mask_pixels(image).ravel()
        values, counts = np.unique(pixels, return_counts=True)
        names = [str(value) for value in values]
    else:
        kind, pixels = 'colours', np.asarray(image.convert('RGB')).reshape(-1, 3)
        values, counts = np.unique(pixels, axis=0, return_counts=True)
        names = ['#{:02x}{:02x}{:02x}'.format(*value) for value in values]
    order = np.argsort(-counts, kind='stable')
    # of a photograph's many a few say enough
    most = _SHOWN if len(order) <= _MOST_SHADES else _OF_MANY
    shown = [f'{names[i]} ({counts[i] / counts.sum():.1%})' for i in order[:most]]
    more = f' and {len(order) - most:,} more' if len(order) > most else ''
    return f'the {kind} {", ".join(shown)}{more}'


def _color(foreground: str) -> np.ndarray:
    try:
        return np.array(ImageColor.getrgb(foreground)[:3], dtype=np.uint8)
    except ValueError as error:
        raise ValueError(
            f"{argument('foreground', foreground)}, expected a colour such as '#ff0000'"
        ) from error


def _refuse_photographs(image: Image.Image) -> None:
    """Stop at a photograph in the place of its mask, of which a threshold makes one."""
    if image.mode != 'L':
        return
    shades = np.array(image.histogram())[_DARK:_BRIGHT]
    share = shades.sum() / (image.width * image.height)
    if np.count_nonzero(shades) > _MOST_SHADES and share > _MOST_PIXELS:
        raise ValueError(
            f'{share:.0%} of it is in {np.count_nonzero(shades)} shades of grey, as in '
            'a photograph; are images and masks exchanged? If it is the mask, '
            f'{argument("foreground", "white")} takes what is 128 or above'
        )
