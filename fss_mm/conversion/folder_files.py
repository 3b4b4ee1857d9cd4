"""One file of a user's data: whether it decodes, and as what.

What is known of a file is kept, with the size and the time of change that it had.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from ..index.mask_values import require_intact, several_pages
from ..index.undecodable import undecodable
from ..utils.exif import orientation_of
from ..utils.files import sha256_of, write_atomically
from .parallel import run_all

HIGHEST = 255


class FileFacts(NamedTuple):
    """What a file is.

    Args:
        sha256 (str): '' where it cannot be read. Defaults to ''.
        height (int): As the loader gives it, turned by EXIF; 0 where it does not
            decode. Defaults to 0.
        width (int): Likewise. Defaults to 0.
        mode (str): Pillow's mode. Defaults to ''.
        orientation (int): Of EXIF: 1 is upright, 5 ... 8 change height and width.
            Defaults to 1.
        problem (str): Reason and remedy, or ''. Defaults to ''.
        low (float): Smallest value of an image of more than 8 bits. Defaults to 0.
        high (float): Largest value of such an image. Defaults to 255.
    """

    sha256: str = ''
    height: int = 0
    width: int = 0
    mode: str = ''
    orientation: int = 1
    problem: str = ''
    low: float = 0
    high: float = HIGHEST

    @property
    def is_clipped(self) -> bool:
        """Whether mmcv's loader would change the values."""
        return self.mode == 'F' or not 0 <= self.low <= self.high <= HIGHEST


def image_facts(path: Path) -> FileFacts:
    """Decode a photograph and look for what the loader would get wrong in it."""
    try:
        sha256 = sha256_of(path)
        require_intact(path)
        with Image.open(path) as image:
            orientation = orientation_of(image)
            image.load()
            problem = several_pages(image) or _transparency(image)
            deep = image.mode[0] in 'IF'
            extrema = image.getextrema() if deep else (0, HIGHEST)
            width, height = ImageOps.exif_transpose(image).size
            known = sha256, height, width, image.mode, orientation, problem
            return FileFacts(*known, *extrema)
    except Exception as error:  # Pillow raises many kinds
        return FileFacts(problem=undecodable(path, error))


def mask_facts(path: Path) -> FileFacts:
    """The size of a mask, whose values are counted elsewhere."""
    try:
        sha256 = sha256_of(path)
        if path.suffix.lower() == '.npy':
            height, width = np.load(path, mmap_mode='r', allow_pickle=False).shape
            return FileFacts(sha256, height, width)
        with Image.open(path) as mask:
            return FileFacts(sha256, mask.height, mask.width, mask.mode)
    except Exception:  # the count says why
        return FileFacts()


def other_facts(path: Path) -> FileFacts:
    """The digest of a file that is no picture."""
    return FileFacts(sha256_of(path))


def _transparency(image: Image.Image) -> str:
    """What mmcv's loader would show of transparent pixels."""
    if image.mode in ('RGBA', 'LA', 'PA') or 'transparency' in image.info:
        if image.convert('RGBA').getchannel('A').getextrema()[0] < HIGHEST:
            return (
                'transparent pixels, in which the loader shows colours that were '
                'hidden, or grey; save it on a background, without transparency'
            )
    return ''


# ---- what is known already ---------------------------------------------------------

_INSPECT = dict(image=image_facts, mask=mask_facts, other=other_facts)
_FIELDS = len(FileFacts._fields)


def inspect_files(
    files: Sequence[tuple[str, Path]], store: Path, workers: int, again: bool = False
) -> dict[Path, FileFacts]:
    """Facts of all files; those without a problem are read from the store if unchanged.

    Args:
        files (Sequence[tuple[str, Path]]): Kind ('image', 'mask' or 'other') and path.
        store (Path): JSON of what is known; it is written where that is possible.
        workers (int): Processes.
        again (bool): Read all files in any case. Defaults to False.
    """
    stamps = {path: _stamp(path) for _, path in files}
    known = {} if again else _read_store(store)
    entries = {path: known.get(str(path.absolute())) for _, path in files}
    facts = {
        path: FileFacts(*entry[2:])
        for path, entry in entries.items()
        if entry and entry[:2] == stamps[path]
    }
    todo = [item for item in files if item[1] not in facts]
    found = run_all(_inspect, todo, 'Checking files', workers)
    facts |= {path: one for (_, path), one in zip(todo, found)}
    _write_store(store, stamps, facts)
    return facts


def _inspect(item: tuple[str, Path]) -> FileFacts:
    kind, path = item
    return _INSPECT[kind](path)


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _read_store(store: Path) -> dict[str, list]:
    try:
        entries = json.loads(store.read_bytes())
        whole = all(len(entry) == _FIELDS + 2 for entry in entries.values())
        return entries if whole else {}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # absent, foreign or damaged: the files are the truth


def _write_store(
    store: Path, stamps: dict[Path, list[int]], facts: dict[Path, FileFacts]
) -> None:
    good = {
        str(path.absolute()): [*stamps[path], *one]
        for path, one in facts.items()
        if one.sha256 and not one.problem
    }
    content = json.dumps(good).encode()
    try:
        write_atomically(store, lambda file: file.write(content))
    except OSError:
        pass  # read-only or full: the next run reads all files again
