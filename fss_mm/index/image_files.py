"""Lists of images, and files that do not decode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from ..utils.files import read_text
from ..utils.text import shorten
from .file_listing import composed
from .image_names import ImageNames
from .mask_values import open_mask
from .undecodable import undecodable


def read_split(path: Path) -> tuple[str, ...]:
    """Read a list of names, of images or of classes, one a line.

    Raises:
        FileNotFoundError: If there is no such list.
        ValueError: If it is no text, is empty or has a name twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f'list {str(path)!r} does not exist')
    lines = read_text(path).splitlines()
    names = tuple(composed(line.strip()) for line in lines if line.strip())
    if not names:
        raise ValueError(f'list {str(path)!r} is empty; write a name in each line')
    _require_once(path, names)
    return names


def read_images(path: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Read a list of images, whose lines may have suffixes or other folders.

    Args:
        path (Path): The list.
        files (Mapping[str, str]): The images, as in
            :class:`~.file_listing.FileListing`.

    Returns:
        tuple[str, ...]: Names of the images; what means none of them as it is written.

    Raises:
        FileNotFoundError: If there is no such list.
        ValueError: As :func:`read_split`, and for lines that mean several images.
    """
    table = ImageNames(files)
    found = {name: table.find(name) or (name,) for name in read_split(path)}
    several = [f'{name} ({shorten(f, 2)})' for name, f in found.items() if len(f) > 1]
    if several:
        raise ValueError(
            f'list {str(path)!r} has names of several images: {shorten(several, 3)}; '
            'write their paths under the image folder'
        )
    names = tuple(images[0] for images in found.values())
    _require_once(path, names)
    return names


def _require_once(path: Path, names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(
            f'list {str(path)!r} has names twice: {shorten(twice, 3)}; leave one out'
        )


def first_undecodable(paths: Sequence[str | None], error: Exception) -> str:
    """Name the file that does not decode, and the reason.

    Args:
        paths (Sequence[str | None]): What was to be loaded.
        error (Exception): In which that ended; its text, where all files decode.
    """
    for path in filter(None, paths):
        try:
            if path.lower().endswith('.npy'):
                open_mask(path)
                continue
            with Image.open(path) as image:
                image.load()
        except Image.DecompressionBombError as reason:
            return f'{path}: {undecodable(path, reason)}'
        except ValueError as reason:  # with its own remedy
            return f'{path}: {reason}'
        except (OSError, SyntaxError) as reason:
            return f'{path}: {undecodable(path, reason)}'
    return str(error)
