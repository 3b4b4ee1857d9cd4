"""A support's mask, from whatever a user has of it.

Shape letters: H W image size.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import print_log
from PIL import Image, ImageColor, ImageOps

from ..index import IGNORE_INDEX
from ..index.mask_reading import FOREGROUNDS, MaskReading
from ..index.mask_values import mask_pixels, open_mask, require_intact
from ..index.undecodable import undecodable
from .pictures import Picture

MaskSource = str | Path | np.ndarray | Image.Image
_SHOWN = 8  # values or colours in a legend
# More shades in between than this, on more of the pixels than that, are a photograph:
# smoothed edges and a JPEG's noise are few pixels, flat greys few shades.
_DARK, _BRIGHT, _MOST_SHADES, _MOST_PIXELS = 32, 224, 32, 0.5
# by EXIF orientation, what Pillow does to look at an image
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _warn(line: str) -> None:
    print_log(line, 'current', logging.WARNING)


class UnusableMask(ValueError):
    """A mask that cannot be used, with its name, the reason and the remedy."""


def read_mask(
    source: MaskSource,
    picture: Picture,
    foreground: str | int | None = None,
    resize: bool = False,
    warn: Callable[[str], None] = _warn,
) -> np.ndarray:
    """Read a mask that belongs to a picture.

    Args:
        source (str | Path | np.ndarray | Image.Image): A file (also .npy), an array
            (H, W) of bool or whole numbers, or Pillow's image.
        picture (Picture): Whose pixels it labels. A mask that has the size of the file
            before it was turned by its EXIF tag is turned alike, and that is said.
        foreground (str | int, optional): What in the mask is the class: 'white' (from
            128 on), 'black', 'nonzero', one value, or one colour such as '#ff0000'.
            Defaults to None: 1 in a mask of 0, 1 and perhaps 255, which then counts
            nowhere; in any other one white.
        resize (bool): Whether a mask of another size is resized. Defaults to False: it
            is refused.
        warn (Callable): Called with ``<mask>: <cause>`` where a mask is usable but
            something was assumed. Defaults to a warning in the log.

    Returns:
        np.ndarray: (H, W), uint8: 0 background, 1 the class, 255 counts nowhere.

    Raises:
        UnusableMask: If it cannot be read, does not fit the picture, or shows nothing
            of the class or nothing else, or is a photograph.
    """
    name = str(source) if isinstance(source, (str, Path)) else f'mask of {picture.name}'
    if isinstance(source, (str, Path)) and not Path(source).is_file():
        raise UnusableMask(f'{name}: no such file')
    try:
        image = _upright(source, name, foreground, warn)
        if foreground is None:
            _refuse_photographs(image)
        labels = _labels(image, foreground)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        named = isinstance(source, (str, Path))
        reason = undecodable(source, error) if named else error
        raise UnusableMask(f'{name}: {reason}') from error
    except ValueError as error:
        raise UnusableMask(f'{name}: {error}') from error
    labels = _fitted(labels, picture, name, resize, warn)
    covered = np.count_nonzero(labels == 1)
    if not covered:
        raise UnusableMask(
            f'{name}: shows nothing of the class; it holds {legend(image)}: say which '
            'is the class by foreground'
        )
    if covered == np.count_nonzero(labels != IGNORE_INDEX):
        raise UnusableMask(
            f'{name}: all of it is the class, and a support needs background, too; it '
            f'holds {legend(image)}'
        )
    return labels


def is_color(foreground: str | int | None) -> bool:
    """Whether a foreground is a colour, such as '#ff0000'."""
    return isinstance(foreground, str) and foreground.startswith('#')


def legend(image: Image.Image) -> str:
    """The values or colours of a mask, with the share of pixels that each has."""
    if image.mode in ('P', 'L', '1'):
        values, counts = np.unique(mask_pixels(image), return_counts=True)
        names = [str(value) for value in values]
    else:
        pixels = np.asarray(image.convert('RGB')).reshape(-1, 3)
        values, counts = np.unique(pixels, axis=0, return_counts=True)
        names = ['#{:02x}{:02x}{:02x}'.format(*value) for value in values]
    order = np.argsort(-counts, kind='stable')
    shown = [f'{names[i]} ({counts[i] / counts.sum():.1%})' for i in order[:_SHOWN]]
    kind = 'values' if image.mode in ('P', 'L', '1') else 'colours'
    more = f' and {len(order) - _SHOWN} more' if len(order) > _SHOWN else ''
    return f'the {kind} {", ".join(shown)}{more}'


def _upright(
    source: MaskSource,
    name: str,
    foreground: str | int | None,
    warn: Callable[[str], None],
) -> Image.Image:
    """Any mask as Pillow's image, turned by an EXIF tag of its own."""
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, Image.Image):
        return _one_channel(ImageOps.exif_transpose(source), is_color(foreground))
    if not isinstance(source, (str, Path)):
        raise ValueError(
            f'of type {type(source).__name__}, expected a file, an array (H, W) of '
            "bool or whole numbers, or Pillow's image"
        )
    if Path(source).suffix.lower() == '.npy':
        return open_mask(source)[0]
    require_intact(source)
    with Image.open(source) as image:
        if getattr(image, 'n_frames', 1) > 1 and image.format != 'MPO':
            raise ValueError(f'{image.n_frames} frames or pages; save one as PNG')
        lossy = image.format in ('JPEG', 'MPO')
        image = ImageOps.exif_transpose(image)
    if lossy and not is_color(foreground):
        warn(f'{name}: a JPEG, whose values are not exact: from 128 on is the class')
        gray = image.convert('L')
        if foreground is None:
            _refuse_photographs(gray)
        return gray.point(lambda value: 255 * (value >= 128))
    return _one_channel(image, is_color(foreground))


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
            "foreground='white' takes what is 128 or above"
        )


def _one_channel(image: Image.Image, colored: bool) -> Image.Image:
    if colored:
        return image.convert('RGB')
    if image.mode[0] in 'IF':
        return _of_array(np.asarray(image))
    if image.mode not in ('P', 'L', '1'):
        bands = np.asarray(image.convert('RGB'))
        if (bands != bands[..., :1]).any():
            raise ValueError(
                f'a mask in colours, {legend(image)}: say which is the class, such as '
                "foreground='#ff0000'"
            )
        return Image.fromarray(bands[..., 0])
    return image


def _of_array(array: np.ndarray) -> Image.Image:
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array.squeeze(0 if array.shape[0] == 1 else 2)
    if array.ndim != 2 or array.dtype.kind not in 'biu' or not array.size:
        raise ValueError(
            f'an array of shape {array.shape} and type {array.dtype}, expected (H, W) '
            'of bool or whole numbers'
        )
    if not 0 <= int(array.min()) <= int(array.max()) <= IGNORE_INDEX:
        raise ValueError(
            f'values from {array.min()} to {array.max()}, expected 0 to 255; pass '
            'mask == value instead'
        )
    return Image.fromarray(array.astype(np.uint8))


def _labels(image: Image.Image, foreground: str | int | None) -> np.ndarray:
    if is_color(foreground):
        try:
            color = ImageColor.getrgb(foreground)[:3]
        except ValueError as error:
            raise ValueError(
                f"foreground={foreground!r}, expected a colour such as '#ff0000'"
            ) from error
        wanted = np.array(color, dtype=np.uint8)
        return (np.asarray(image) == wanted).all(axis=2).astype(np.uint8)
    if isinstance(foreground, int):
        reading = MaskReading.of_index_masks({foreground: 1})
    elif foreground in (None, *FOREGROUNDS):
        reading = MaskReading(foreground=foreground)
    else:
        raise ValueError(
            f'foreground={foreground!r}, expected one of {FOREGROUNDS}, a value such '
            "as 2, or a colour such as '#ff0000'"
        )
    return reading.label_pixels(mask_pixels(image))


def _fitted(
    labels: np.ndarray,
    picture: Picture,
    name: str,
    resize: bool,
    warn: Callable[[str], None],
) -> np.ndarray:
    """Labels in the picture's size and orientation."""
    turned = picture.orientation != 1
    if labels.shape == picture.size:
        if turned and picture.size == picture.stored_size:
            warn(
                f'{name}: its photograph was turned by its EXIF tag '
                f'{picture.orientation}; the mask is taken to show it turned'
            )
        return labels
    if turned and labels.shape == picture.stored_size:
        warn(
            f'{name}: turned as its photograph is, by its EXIF tag '
            f'{picture.orientation}'
        )
        upright = Image.fromarray(labels).transpose(_TURNS[picture.orientation])
        return np.array(upright)
    if resize:
        size = picture.size[::-1]
        return cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    own, others = (' x '.join(map(str, s)) for s in (labels.shape, picture.size))
    raise UnusableMask(
        f'{name}: {own} (height x width), and its image {picture.name} is {others}; '
        'give both in one size, or pass resize_masks=True'
    )
