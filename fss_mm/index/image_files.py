"""Lists of images, and files that do not decode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from .file_listing import composed


def read_split(path: Path) -> tuple[str, ...]:
    """Read a list of names, of images or of classes, one a line.

    Raises:
        FileNotFoundError: If there is no such list.
        ValueError: If it is empty or names an image twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f'list {str(path)!r} does not exist')
    lines = path.read_text(encoding='utf-8-sig').splitlines()
    names = [composed(line.strip()) for line in lines if line.strip()]
    if not names or len(set(names)) < len(names):
        raise ValueError(f'{str(path)!r} is empty or names an image twice')
    return tuple(names)


def unreadable(paths: Sequence[str | None], error: Exception) -> str:
    """Name the file that does not decode, and the reason."""
    for path in filter(None, paths):
        try:
            with Image.open(path) as image:
                image.load()
        except Image.DecompressionBombError as reason:
            return f'{path}: {too_large(reason)}'
        except (OSError, SyntaxError) as reason:
            return f'{path}: {reason}; replace the file or take it out of the list'
    return str(error)


def too_large(error: Image.DecompressionBombError) -> str:
    """What to do about an image with more pixels than Pillow opens."""
    size = re.search(r'\d+', str(error))
    pixels = f'{int(size[0]):,} pixels' if size else 'an image'
    return (
        f'{pixels}, more than the {2 * Image.MAX_IMAGE_PIXELS:,} that Pillow opens; '
        'cut it into tiles, the image and its mask alike'
    )
