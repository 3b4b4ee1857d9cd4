"""VOC's PNG masks and SBD's MAT files as index masks."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ..datasets.folds import VOC_CLASSES
from .masks import encode_mask, image_size
from .problems import Problem, Unusable

_CLASS_IDS = {*range(len(VOC_CLASSES) + 1)}
_VOID = 255
_REMEDY = 'unpack the file again from its archive, and run the command again'


def mask_content(source: Path, image: Path) -> bytes:
    """The file of a mask: VOC's own, byte by byte, or SBD's as an index PNG.

    Args:
        source (Path): VOC's PNG or SBD's MAT file.
        image (Path): The photograph, whose size the mask must have.

    Raises:
        Unusable: If one of the two cannot be used.
    """
    if source.suffix == '.png':
        content, mask = read_voc_mask(source)
    else:
        mask = read_sbd_mask(source)
        content = encode_mask(mask)
    _check_size(image, mask)
    return content


def read_voc_mask(path: Path) -> tuple[bytes, np.ndarray]:
    """VOC's file and the mask (H, W) uint8 in it: 0-20, 255 void.

    Raises:
        Unusable: If it does not decode, has no palette or holds other values.
    """
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            mode, mask = image.mode, np.array(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise _damaged(path, error) from error
    if mode != 'P':
        raise _unusable(path, f'a picture of mode {mode!r}, expected a palette (P)')
    _check_values(path, mask, _CLASS_IDS | {_VOID})
    return content, mask


def read_sbd_mask(path: Path) -> np.ndarray:
    """The mask (H, W) uint8 in a MAT file of SBD: 0-20, no void.

    Raises:
        Unusable: If it does not decode, or holds other values or no mask.
    """
    from scipy.io import loadmat  # of an extra, which the other converters do without

    try:
        mask = loadmat(path)['GTcls'][0]['Segmentation'][0]
    except Exception as error:  # scipy raises many kinds
        raise _damaged(path, error) from error
    if mask.ndim != 2:
        raise _unusable(path, f'a mask of {mask.ndim} dimensions, expected 2')
    _check_values(path, mask, _CLASS_IDS)
    return mask.astype(np.uint8)


def _check_values(path: Path, mask: np.ndarray, allowed: set[int]) -> None:
    strange = sorted(set(np.unique(mask).tolist()) - allowed)
    if strange:
        raise _unusable(
            path,
            f'value {strange[0]} in the mask, expected 0 to {len(VOC_CLASSES)}'
            + (f' or {_VOID}' if _VOID in allowed else ''),
        )


def _check_size(path: Path, mask: np.ndarray) -> None:
    try:
        width, height = image_size(path)
    except OSError as error:
        raise _damaged(path, error) from error
    if mask.shape != (height, width):
        found = ' x '.join(map(str, mask.shape))
        raise _unusable(
            path, f'the image is {height} x {width} (H x W), its mask {found}'
        )


def _damaged(path: Path, error: Exception) -> Unusable:
    if not path.exists():
        return _unusable(path, 'the file is missing')
    return _unusable(path, f'cannot be read: {str(error) or type(error).__name__}')


def _unusable(path: Path, reason: str) -> Unusable:
    return Unusable(Problem(str(path), reason, _REMEDY))
