"""Why a file of an image or a mask does not decode."""

from __future__ import annotations

import os
import re
from pathlib import Path

from PIL import Image, UnidentifiedImageError

_AGAIN = 'fetch or export it again'


def undecodable(source: str | Path | bytes, error: Exception) -> str:
    """Why a file cannot be decoded, and what to do; the same text wherever it is read.

    Args:
        source (str | Path | bytes): The file, or what it holds.
        error (Exception): Of what was to decode it.
    """
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(error)
    if isinstance(error, FileNotFoundError):
        return 'no such file; check its path'
    if isinstance(error, OSError) and error.strerror:  # not Pillow's own
        return f'{error.strerror}; make the file readable'
    in_memory = isinstance(source, bytes)
    if not (len(source) if in_memory else os.path.getsize(source)):
        return f'an empty file (0 bytes); {_AGAIN}'
    if isinstance(error, UnidentifiedImageError):
        return f'not an image of a known format; {_AGAIN}'
    reason = ' '.join(str(error).split())
    if not in_memory:
        reason = reason.replace(f'{str(source)!r}', 'it')
    return f'{reason or type(error).__name__}: damaged or half downloaded; {_AGAIN}'


def _too_large(error: Image.DecompressionBombError) -> str:
    size = re.search(r'\d+', str(error))
    pixels = f'{int(size[0]):,} pixels' if size else 'an image'
    return (
        f'{pixels}, more than the {2 * Image.MAX_IMAGE_PIXELS:,} that Pillow opens; '
        'cut it into tiles, the image and its mask alike'
    )
