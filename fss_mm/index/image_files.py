"""Lists of images, and files that do not decode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ..utils.text import shorten
from .file_listing import FileListing, composed
from .mask_values import open_mask


def read_split(path: Path) -> tuple[str, ...]:
    """Read a list of names, of images or of classes, one a line.

    Raises:
        FileNotFoundError: If there is no such list.
        ValueError: If it is empty, names something twice or is no text in UTF-8.
    """
    if not path.is_file():
        raise FileNotFoundError(f'list {str(path)!r} does not exist')
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f'list {str(path)!r} is no text in UTF-8 ({error.reason}); save it as UTF-8'
        ) from error
    names = [composed(line.strip()) for line in lines if line.strip()]
    if not names:
        raise ValueError(f'list {str(path)!r} is empty; write a name in each line')
    double = [name for name, times in Counter(names).items() if times > 1]
    if double:
        raise ValueError(
            f'list {str(path)!r} has names twice: {shorten(double, 3)}; leave one out'
        )
    return tuple(names)


def listed_images(path: Path, listing: FileListing) -> tuple[str, ...]:
    """Read a list of images, named with or without their suffix.

    Args:
        path (Path): The list.
        listing (FileListing): Of the images.

    Raises:
        FileNotFoundError: If there is no such list.
        ValueError: If it is empty, names an image twice or is no text in UTF-8.
    """
    names = read_split(path)
    if all(name in listing.files for name in names):
        return names
    by_file = {composed(file): name for name, file in listing.files.items()}
    names = tuple(n if n in listing.files else by_file.get(n, n) for n in names)
    if len(set(names)) < len(names):
        double = [name for name, times in Counter(names).items() if times > 1]
        raise ValueError(
            f'list {str(path)!r} has images with and without their suffix: '
            f'{shorten(double, 3)}; leave one out'
        )
    return names


def unreadable(paths: Sequence[str | None], error: Exception) -> str:
    """Name the file that does not decode, and the reason."""
    for path in filter(None, paths):
        try:
            if path.lower().endswith('.npy'):
                open_mask(path)
                continue
            with Image.open(path) as image:
                image.load()
        except (OSError, SyntaxError) as reason:
            return f'{path}: {reason}; replace the file or take it out of the list'
    return str(error)
