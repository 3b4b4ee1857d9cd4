"""A support's mask, from whatever a user has of it.

Shape letters: H W image size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from ..index import IGNORE_INDEX
from ..index.mask_values import (
    LOSSY,
    mask_pixels,
    open_mask,
    require_intact,
    several_pages,
)
from ..index.undecodable import undecodable
from ..utils.spelling import argument
from .mask_labels import Foreground, is_color, legend, to_labels
from .mask_turns import other_size, upright, warn_in_log
from .pictures import Picture

MaskSource = str | Path | np.ndarray | Image.Image
_GIVE_INDEX = 'give a mask that has a value, not a colour, for each class'


class UnusableMask(ValueError):
    """A mask that cannot be used, with its name, the reason and the remedy."""


def read_mask(
    source: MaskSource,
    picture: Picture,
    foreground: Foreground = None,
    resize: bool = False,
    warn: Callable[[str], None] = warn_in_log,
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
    name = _name_of(source, picture)
    with _named(source, name):
        say = f'say which is the class, such as {argument("foreground", "#ff0000")}'
        image, is_lossy = _opened(source, is_color(foreground), say)
        labels = to_labels(image, foreground, is_lossy)
    if is_lossy:
        warn(f'{name}: a JPEG, whose values are not exact: from 128 on is the class')
    labels = _fitted(labels, picture, name, resize, warn)
    _require_both(labels, name, image)
    return labels


def read_index_mask(
    source: MaskSource,
    picture: Picture,
    resize: bool = False,
    warn: Callable[[str], None] = warn_in_log,
) -> np.ndarray:
    """Read a mask of several classes, each with a value of its own.

    Args:
        source (str | Path | np.ndarray | Image.Image): As in :func:`read_mask`.
        picture (Picture): Likewise.
        resize (bool): Likewise.
        warn (Callable): Likewise.

    Returns:
        np.ndarray: (H, W), uint8: the values that it holds.

    Raises:
        UnusableMask: If it cannot be read, does not fit the picture, or is a JPEG,
            whose values are not exact.
    """
    name = _name_of(source, picture)
    with _named(source, name):
        image, is_lossy = _opened(source, colored=False, remedy=_GIVE_INDEX)
        if is_lossy:
            raise ValueError(LOSSY)
    return _fitted(mask_pixels(image), picture, name, resize, warn)


def _name_of(source: MaskSource, picture: Picture) -> str:
    named = isinstance(source, (str, Path))
    return str(source) if named else f'mask of {picture.name}'


@contextmanager
def _named(source: MaskSource, name: str) -> Iterator[None]:
    """Errors of reading with the mask's name in front."""
    named = isinstance(source, (str, Path))
    if named and not Path(source).is_file():
        raise UnusableMask(f'{name}: no such file')
    try:
        yield
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        reason = undecodable(source, error) if named else error
        raise UnusableMask(f'{name}: {reason}') from error
    except ValueError as error:
        raise UnusableMask(f'{name}: {error}') from error


def _require_both(labels: np.ndarray, name: str, image: Image.Image) -> None:
    """Check that a mask shows its class, and something else."""
    covered = np.count_nonzero(labels == 1)
    if not covered:
        raise UnusableMask(
            f'{name}: shows nothing of the class; it holds {legend(image)}: say which '
            f'is the class by {argument("foreground")}'
        )
    if covered == np.count_nonzero(labels != IGNORE_INDEX):
        raise UnusableMask(
            f'{name}: all of it is the class, and a support needs background, too; it '
            f'holds {legend(image)}'
        )


def _opened(source: MaskSource, colored: bool, remedy: str) -> tuple[Image.Image, bool]:
    """Any mask, turned by an EXIF tag of its own, and whether its greys are a JPEG's.

    It has one channel of 8 bits, or is RGB if a colour is looked for; ``remedy`` is
    what to do where it has colours, and none is looked for.
    """
    if isinstance(source, np.ndarray):
        return _of_array(source), False
    if isinstance(source, Image.Image):
        upright = ImageOps.exif_transpose(source)
        return _in_channels(upright, colored, remedy), False
    if not isinstance(source, (str, Path)):
        raise ValueError(
            f'of type {type(source).__name__}, expected a file, an array (H, W) of '
            "bool or whole numbers, Pillow's image, or a prompt such as Box(10, 20, "
            '200, 180)'
        )
    if Path(source).suffix.lower() == '.npy':
        return open_mask(source)[0], False
    require_intact(source)
    with Image.open(source) as image:
        if pages := several_pages(image):
            raise ValueError(pages)
        is_lossy = image.format in ('JPEG', 'MPO') and not colored
        upright = ImageOps.exif_transpose(image)
    if is_lossy:
        return upright.convert('L'), True
    return _in_channels(upright, colored, remedy), False


def _in_channels(image: Image.Image, colored: bool, remedy: str) -> Image.Image:
    if colored:
        return image.convert('RGB')
    if image.mode[0] in 'IF':
        return _of_array(np.asarray(image))
    if image.mode not in ('P', 'L', '1'):
        bands = np.asarray(image.convert('RGB'))
        if (bands != bands[..., :1]).any():
            raise ValueError(f'a mask in colours, {legend(image)}: {remedy}')
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


def _fitted(
    labels: np.ndarray,
    picture: Picture,
    name: str,
    resize: bool,
    warn: Callable[[str], None],
) -> np.ndarray:
    """Labels in the picture's size and orientation."""
    found = upright(labels, picture, name, warn)
    if found is not None:
        return found
    if resize:
        size = picture.size[::-1]
        return cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    raise UnusableMask(
        f'{other_size(labels, picture, name)}; give both in one size, or '
        f'pass {argument("resize_masks", True)}'
    )
