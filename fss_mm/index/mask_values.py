"""One mask file: decoded, and the values in it counted; or why it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

GRID_STEP, GRID_OFFSET = 32, 1
LOSSY = 'a JPEG, which changes the values of a mask; export it as PNG from its source'
HIGHEST = 255
_INDEX_MODES = ('P', 'L', '1')
_COLOR_MODES = ('RGB', 'RGBA', 'CMYK', 'LA', 'PA', 'YCbCr', 'HSV', 'LAB')
CONVERT = 'fss-mm convert folder --masks-out FOLDER'


class Counted(NamedTuple):
    """The values of a mask.

    Args:
        rows (np.ndarray): (V, 4) int64, as ``MaskTable.rows``.
        is_lossy (bool): Whether it is a JPEG, whose values are not those of its source.
    """

    rows: np.ndarray
    is_lossy: bool


def open_mask(path: str | Path) -> tuple[Image.Image, bool]:
    """Decode a mask: of any format of Pillow's, or an array (.npy).

    Returns:
        tuple[Image.Image, bool]: A picture of mode 'P', 'L' or '1', and whether it was
        a JPEG, which is turned into grey.

    Raises:
        ValueError: If it is not one channel of 8 bits, or of several pages, with reason
            and remedy.
        OSError: If the file cannot be decoded.
    """
    if str(path).lower().endswith('.npy'):
        return Image.fromarray(_read_array(path)), False
    with Image.open(path) as mask:
        is_lossy = mask.format in ('JPEG', 'MPO')
        if is_lossy:
            return mask.convert('L'), True
        if mask.mode not in _INDEX_MODES:
            raise ValueError(_wrong_mode(mask))
        if pages := several_pages(mask):
            raise ValueError(pages)
        mask.load()
        return mask, False


def several_pages(image: Image.Image) -> str:
    """Reason and remedy of an opened file with several pictures, else ''.

    Of a camera's MPO the first is the photograph, the others are previews of it.
    """
    pages = getattr(image, 'n_frames', 1)
    if image.format == 'MPO' or pages == 1:
        return ''
    return f'a {image.format} of {pages} pages or frames; save the one you mean alone'


def mask_pixels(mask: Image.Image) -> np.ndarray:
    """Values of a mask of :func:`open_mask`: (H, W) uint8."""
    return np.array(mask).astype(np.uint8)  # of mode '1' it is bool


def count_values(mask_path: str | Path) -> Counted:
    """Count the pixels of each value in a mask.

    Raises:
        ValueError: If it is not one channel of 8 bits.
        OSError: If the file cannot be decoded.
    """
    require_intact(mask_path)
    mask, is_lossy = open_mask(mask_path)
    pixels = np.array(mask.histogram())
    grid = np.asarray(mask)[GRID_OFFSET::GRID_STEP, GRID_OFFSET::GRID_STEP]
    palette = mask.getpalette('RGB') if mask.mode == 'P' else None
    if mask.mode == '1':  # Pillow counts a bilevel image as 0 and 255
        pixels[1], pixels[255] = pixels[255], 0
    values = np.flatnonzero(pixels)
    on_grid = np.bincount(grid.ravel(), minlength=256)
    colors = [_color(palette, value) for value in values]
    rows = np.stack([values, pixels[values], on_grid[values], colors], axis=1)
    return Counted(rows, is_lossy)


def require_intact(path: str | Path) -> None:
    """Compare the checksums of a PNG, which Pillow passes over when it loads pixels.

    Raises:
        SyntaxError: If one differs: some pixels are not what was written.
    """
    if str(path).lower().endswith('.png'):
        with Image.open(path) as image:
            image.verify()


def _read_array(path: str | Path) -> np.ndarray:
    """An array as a mask: (H, W) uint8."""
    try:
        array = np.load(path, allow_pickle=False)
    except ValueError as error:  # NumPy's remedy is to run what is in the file
        if not os.path.getsize(path):
            raise OSError('cannot be read') from error
        raise ValueError(
            'an array of objects, or none at all; save whole numbers with numpy.save'
        ) from error
    if not isinstance(array, np.ndarray):
        raise ValueError('several arrays (.npz); save one array with numpy.save')
    if array.ndim != 2 or array.dtype.kind not in 'biu':
        raise ValueError(
            f'an array of shape {array.shape} and type {array.dtype}, expected (height,'
            ' width) of whole numbers or bool; save class ids in this form'
        )
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= HIGHEST:
        raise ValueError(
            f'values from {array.min()} to {array.max()}, expected 0 to {HIGHEST}; '
            f'number the classes anew: {CONVERT} --to-8-bit --classes VALUE=NAME ...'
        )
    return array.astype(np.uint8)


def _wrong_mode(mask: Image.Image) -> str:
    if mask.mode in _COLOR_MODES and not is_gray(mask):
        remedy = f'give each colour its class: {CONVERT} --colors '
        remedy += "'#ff0000=owl' ..., or a file of such lines"
    else:
        remedy = f'save it as grey of 8 bits: {CONVERT} --to-8-bit'
    return (
        f'a mask of mode {mask.mode!r}, expected one channel of 8-bit class ids '
        f'(palette or grey); {remedy}'
    )


def is_gray(mask: Image.Image) -> bool:
    """Whether a picture has no colours and no transparent pixels."""
    pixels = np.asarray(mask.convert('RGBA'))
    same = (pixels[..., :3] == pixels[..., :1]).all()
    return bool(same and (pixels[..., 3] == HIGHEST).all())


def _color(palette: list[int] | None, value: int) -> int:
    entry = (palette or ())[3 * value : 3 * value + 3]
    return int.from_bytes(bytes(entry), 'big') if len(entry) == 3 else -1
