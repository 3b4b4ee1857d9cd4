"""What became of each file of a conversion: kept, written, or a problem."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..utils.files import write_atomically
from .checksums import digest
from .problems import Problem, Unusable, not_written

_MASK_MODES = ('P', 'L')


@dataclass(frozen=True)
class Result:
    """One file of the result.

    Args:
        path (Path): The file.
        sha256 (str): Its digest; '' where it could not be made. Defaults to ''.
        written (bool): Whether this run wrote it. Defaults to False.
        problems (tuple[Problem, ...]): Why it could not be made. Defaults to ().
    """

    path: Path
    sha256: str = ''
    written: bool = False
    problems: tuple[Problem, ...] = ()


def intact_digest(path: Path, recorded: str = '') -> str:
    """Digest of a mask that needs not be made again, else ''.

    Args:
        path (Path): The mask.
        recorded (str): The digest it had when it was made; where there is none, a mask
            that decodes is taken as intact. Defaults to ''.
    """
    try:
        content = path.read_bytes()
        found = digest(content)
        if recorded:
            return found if found == recorded else ''
        with Image.open(io.BytesIO(content)) as mask:
            mask.load()
            return found if mask.mode in _MASK_MODES else ''
    except (OSError, SyntaxError, ValueError):  # absent, or Pillow's ways to say broken
        return ''


def make_mask(
    path: Path,
    make: Callable[[], bytes],
    recorded: str = '',
    overwrite: bool = False,
) -> Result:
    """Keep a mask that is there and intact, else make and write it.

    Args:
        path (Path): The mask; its folder must exist.
        make (Callable): Returns the file's content; may raise :class:`Unusable`.
        recorded (str): As in :func:`intact_digest`. Defaults to ''.
        overwrite (bool): Make it again in any case. Defaults to False.
    """
    try:
        if not overwrite and (found := intact_digest(path, recorded)):
            return Result(path, found)
        content = make()
        write_atomically(path, lambda file: file.write(content))
        return Result(path, digest(content), written=True)
    except Unusable as error:
        return Result(path, problems=error.problems)
    except OSError as error:
        return Result(path, problems=(not_written(path, error),))
