"""What a user passes as images: files, folders, globs, addresses, videos, arrays."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..index.file_listing import IMAGE_SUFFIXES, list_images
from .pictures import Source, UnreadablePicture, is_url

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')
Inputs = Source | Iterable[Source]


@dataclass(frozen=True)
class NamedInput:
    """One image that was asked for.

    Args:
        name (str): What results call it: a file's path under the folder that was
            passed, a file's name, a frame's number, or the place in a list.
        source (Source): As in :class:`~.pictures.PictureReader`.
    """

    name: str
    source: Source


def is_single(inputs: Inputs) -> bool:
    """Whether one image is meant: an array, Pillow's image, or one file."""
    if isinstance(inputs, (np.ndarray, Image.Image)):
        return True
    return isinstance(inputs, (str, Path)) and (
        is_url(inputs) or not (_is_folder(inputs) or _is_glob(inputs))
        and not _is_video(inputs)
    )  # fmt: skip


def named_inputs(inputs: Inputs | Iterable[NamedInput]) -> Iterator[NamedInput]:
    """All images that are meant, in a fixed order, with names.

    Folders are searched with all folders in them, and sorted. Frames of a video are
    named ``<video>/000000`` and so on, and are read one after the other.

    Args:
        inputs (Inputs): A file, folder, glob, address, video, array or Pillow's image,
            or any number of them; what is named already stays so.

    Raises:
        FileNotFoundError: If there is no such file, or a folder or glob has no image.
        UnreadablePicture: If a video cannot be opened.
    """
    if isinstance(inputs, (str, Path)):
        yield from _of_path(inputs)
    elif isinstance(inputs, (np.ndarray, Image.Image)):
        name = getattr(inputs, 'filename', '')
        yield NamedInput(Path(name).name if name else 'image', inputs)
    else:
        for number, item in enumerate(inputs):
            if isinstance(item, NamedInput):
                yield item
            elif isinstance(item, (np.ndarray, Image.Image)):
                yield NamedInput(f'{number:06d}', item)
            else:
                yield from named_inputs(item)


def count_inputs(inputs: Inputs) -> int | None:
    """How many images are meant, if that is known without reading them."""
    if isinstance(inputs, (str, Path)):
        return None if _is_video(inputs) else sum(1 for _ in _of_path(inputs))
    if isinstance(inputs, (np.ndarray, Image.Image)):
        return 1
    if not isinstance(inputs, (list, tuple)):
        return None
    counts = [count_inputs(item) for item in inputs]
    return None if None in counts else sum(counts)


def _of_path(path: str | Path) -> Iterator[NamedInput]:
    if is_url(path):
        yield NamedInput(str(path).rpartition('/')[2] or str(path), path)
    elif _is_folder(path):
        yield from _of_folder(Path(path).expanduser())
    elif _is_glob(path):
        yield from _of_glob(str(path))
    elif _is_video(path):
        yield from _frames(Path(path).expanduser())
    else:
        found = Path(path).expanduser()
        if not found.exists():
            raise FileNotFoundError(f'{str(path)!r}: no such file or folder')
        yield NamedInput(found.name, found)


def _of_folder(folder: Path) -> Iterator[NamedInput]:
    listing = list_images(folder)
    names = [*listing.files.values(), *listing.problems]
    if not names:
        raise FileNotFoundError(
            f'{str(folder)!r} holds no image ({", ".join(IMAGE_SUFFIXES)})'
        )
    for name in sorted(names):
        yield NamedInput(name, folder / name)


def _of_glob(pattern: str) -> Iterator[NamedInput]:
    paths = sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))
    files = [Path(path) for path in paths if Path(path).is_file()]
    if not files:
        raise FileNotFoundError(f'{pattern!r} matches no file')
    yield from (NamedInput(file.name, file) for file in files)


def _frames(video: Path) -> Iterator[NamedInput]:
    if not video.is_file():
        raise FileNotFoundError(f'{str(video)!r}: no such file')
    capture = cv2.VideoCapture(str(video))
    try:
        if not capture.isOpened():
            raise UnreadablePicture(f'{video}: not a video that OpenCV can open')
        number = 0
        while True:
            read, frame = capture.read()
            if not read:
                break
            yield NamedInput(f'{video.stem}/{number:06d}', frame)
            number += 1
    finally:
        capture.release()
    if not number:
        raise UnreadablePicture(f'{video}: no frame of it can be decoded')


def _is_folder(path: str | Path) -> bool:
    return Path(path).expanduser().is_dir()


def _is_glob(path: str | Path) -> bool:
    return glob.has_magic(str(path)) and not Path(path).expanduser().exists()


def _is_video(path: str | Path) -> bool:
    return Path(path).suffix.lower() in VIDEO_SUFFIXES
