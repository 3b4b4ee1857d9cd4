"""The values in one mask file, or why it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from .image_files import too_large

GRID_STEP, GRID_OFFSET = 32, 1
LOSSY = 'a JPEG, which changes the values of a mask; export it as PNG from its source'
_INDEX_MODES = ('P', 'L', '1')
_COLOR_MODES = ('RGB', 'RGBA', 'CMYK', 'LA', 'PA', 'YCbCr', 'HSV', 'LAB')


def count_values(mask_path: str | Path) -> np.ndarray:
    """Count the pixels of each value in an index mask.

    Returns:
        np.ndarray: (V, 4) int64, as ``MaskTable.rows``.

    Raises:
        ValueError: If the file is not an 8-bit mask of one channel.
        OSError: If the file cannot be decoded.
    """
    with Image.open(mask_path) as mask:
        if mask.format == 'JPEG':
            raise ValueError(LOSSY)
        if mask.mode not in _INDEX_MODES:
            raise ValueError(_wrong_mode(mask.mode))
        pixels = np.array(mask.histogram())
        grid = np.asarray(mask)[GRID_OFFSET::GRID_STEP, GRID_OFFSET::GRID_STEP]
        palette = mask.getpalette('RGB') if mask.mode == 'P' else None
    if mask.mode == '1':  # Pillow counts a bilevel image as 0 and 255
        pixels[1], pixels[255] = pixels[255], 0
    values = np.flatnonzero(pixels)
    on_grid = np.bincount(grid.ravel(), minlength=256)
    colors = [_color(palette, value) for value in values]
    return np.stack([values, pixels[values], on_grid[values], colors], axis=1)


def undecodable(path: str | Path, error: Exception) -> str:
    """Why a file cannot be decoded, and what to do."""
    if isinstance(error, Image.DecompressionBombError):
        return too_large(error)
    if isinstance(error, OSError) and error.strerror:  # not Pillow's own
        return f'{error.strerror}; make the file readable'
    if not os.path.getsize(path):
        return 'an empty file (0 bytes); fetch or export it again'
    reason = str(error).replace(f'{str(path)!r}', 'it') or type(error).__name__
    return f'{reason}: damaged or half downloaded; fetch or export it again'


def _wrong_mode(mode: str) -> str:
    if mode in _COLOR_MODES:
        remedy = 'give each colour its class id (tools/dataset_converters/folder.py '
        remedy += '--colors), or save it as grey (--to-8-bit)'
    else:
        remedy = 'save it with 8 bits (tools/dataset_converters/folder.py --to-8-bit)'
    return (
        f'a mask of mode {mode!r}, expected one channel of 8-bit class ids (palette '
        f'or grey); {remedy}'
    )


def _color(palette: list[int] | None, value: int) -> int:
    entry = (palette or ())[3 * value : 3 * value + 3]
    return int.from_bytes(bytes(entry), 'big') if len(entry) == 3 else -1
