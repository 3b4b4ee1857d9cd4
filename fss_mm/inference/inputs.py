"""What a user passes as images: files, folders, lists, shards, videos, arrays."""

from __future__ import annotations

import glob
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image

from ..index.file_listing import IMAGE_SUFFIXES, list_images
from ..utils.files import read_text
from .pictures import Source, UnreadablePicture, is_url, unknown_source

LIST, SHARD = '.txt', '.tar'
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')
Inputs = Source | Iterable[Source]
_IMAGES = (bytes, np.ndarray, Image.Image)
_WHOLE = 0.95  # of a video's frames have to be there


@dataclass(frozen=True)
class NamedInput:
    """One image that was asked for.

    Args:
        name (str): What results call it: a file's path under the folder that was
            passed, a file's name, a frame's number, or the place in a list.
        source (Source | UnreadablePicture): As in
            :class:`~.pictures.PictureReader`; or why it is none.
        container (str | Path): The shard or video that it is in; '' for others.
            Defaults to ''.
    """

    name: str
    source: Source | UnreadablePicture
    container: str | Path = ''

    @property
    def origin(self) -> str:
        """Path, without links, or address of what it is read from; '' for an array."""
        is_path = isinstance(self.source, (str, Path))
        path = self.source if is_path else self.container
        return str(path) if not str(path) or is_url(path) else os.path.realpath(path)


def is_single(inputs: Inputs) -> bool:
    """Whether one image is meant: an array, Pillow's image, or one file."""
    if isinstance(inputs, _IMAGES):
        return True
    if not isinstance(inputs, (str, Path)):
        return False
    return _reader(inputs) in (_url, _file) and not holds_images(inputs)


def named_inputs(inputs: Inputs | Iterable[NamedInput]) -> Iterator[NamedInput]:
    """All images that are meant, in a fixed order, with names.

    Folders are searched with all folders in them, and sorted. A list (``.txt``) has a
    path, a glob or an address in each line, under the list's own folder. A shard
    (``.tar``, as WebDataset has them) is read from front to end; its images are named
    ``<shard>/<name in it>``, the frames of a video ``<video>/000000`` and so on.

    Args:
        inputs (Inputs): A file, folder, glob, address, list, shard, video, array or
            Pillow's image, or any number of them; what is named already stays so.

    Raises:
        FileNotFoundError: If there is no such file, or a folder, glob or list is empty.
        ValueError: If it is none of these.
    """
    for one in listed_inputs(inputs):
        yield from images_of(one)


def listed_inputs(inputs: Inputs | Iterable[NamedInput]) -> Iterator[NamedInput]:
    """The same without opening a file: a shard or a video is one input.

    Raises:
        FileNotFoundError, ValueError: Likewise.
    """
    if isinstance(inputs, (str, Path)):
        yield from _reader(inputs)(inputs)
    elif isinstance(inputs, _IMAGES):
        name = getattr(inputs, 'filename', '')
        yield NamedInput(Path(name).name if name else 'image', inputs)
    elif hasattr(inputs, 'dtype') or not isinstance(inputs, Iterable):
        raise ValueError(unknown_source(inputs))
    else:
        for number, item in enumerate(inputs):
            if isinstance(item, NamedInput):
                yield item
            elif isinstance(item, _IMAGES):
                yield NamedInput(f'{number:06d}', item)
            else:
                yield from listed_inputs(item)


def images_of(one: NamedInput) -> Iterator[NamedInput]:
    """The images in a shard or a video, one after the other; else the image itself."""
    if holds_images(one.source):
        opened = _shard if Path(one.source).suffix.lower() == SHARD else _video
        yield from opened(one)
    else:
        yield one


def holds_images(source: object) -> bool:
    """Whether a source is a shard or a video."""
    if not isinstance(source, (str, Path)) or is_url(source):
        return False
    return Path(source).suffix.lower() in (SHARD, *VIDEO_SUFFIXES)


def count_inputs(inputs: Inputs) -> int | None:
    """How many images are meant, if that is known without opening them."""
    if not isinstance(inputs, (str, Path, *_IMAGES, list, tuple)):
        return None
    count = 0
    for one in listed_inputs(inputs):
        if holds_images(one.source):
            return None
        count += 1
    return count


def _reader(path: str | Path) -> Callable[[str | Path], Iterator[NamedInput]]:
    """What lists the files that a path means."""
    if is_url(path):
        return _url
    found = Path(path).expanduser()
    if found.is_dir():
        return _folder
    if glob.has_magic(str(path)) and not found.exists():
        return _glob
    return _list if found.suffix.lower() == LIST else _file


def _url(path: str | Path) -> Iterator[NamedInput]:
    yield NamedInput(str(path).rpartition('/')[2] or str(path), path)


def _file(path: str | Path) -> Iterator[NamedInput]:
    found = _existing(path)
    yield NamedInput(found.name, found)


def _folder(path: str | Path) -> Iterator[NamedInput]:
    folder = Path(path).expanduser()
    listing = list_images(folder)
    refused = {
        name: UnreadablePicture(name, why) for name, why in listing.problems.items()
    }
    found = {name: folder / name for name in listing.files.values()}
    if not found and not refused:
        raise FileNotFoundError(
            f'{str(path)!r} holds no image ({", ".join(IMAGE_SUFFIXES)})'
        )
    for name, source in sorted((found | refused).items()):
        yield NamedInput(name, source)


def _glob(path: str | Path) -> Iterator[NamedInput]:
    pattern = str(Path(path).expanduser())
    files = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
    files = [file for file in files if file.is_file()]
    if not files:
        raise FileNotFoundError(f'{str(path)!r} matches no file')
    yield from (NamedInput(file.name, file) for file in files)


def _list(path: str | Path) -> Iterator[NamedInput]:
    for line, source in _entries(path):
        if _reader(source) is _file:
            yield NamedInput(line, _existing(source))
        else:
            yield from listed_inputs(source)


def _entries(path: str | Path) -> list[tuple[str, str | Path]]:
    """Lines of a list, and what each means."""
    file = _existing(path)
    lines = [line.strip() for line in read_text(file).splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise FileNotFoundError(f'{str(path)!r} is an empty list')
    return [
        (line, line if is_url(line) else file.parent / Path(line).expanduser())
        for line in lines
    ]


def _shard(one: NamedInput) -> Iterator[NamedInput]:
    try:
        with tarfile.open(one.source, 'r|') as shard:
            for member in shard:
                if member.isfile() and member.name.lower().endswith(IMAGE_SUFFIXES):
                    content = shard.extractfile(member).read()
                    yield NamedInput(_inside(one, member.name), content, one.source)
    except (tarfile.TarError, EOFError, OSError) as error:
        reason = UnreadablePicture(one.name, f'damaged or cut off ({error})')
        yield NamedInput(one.name, reason)


def _video(one: NamedInput) -> Iterator[NamedInput]:
    capture, number = cv2.VideoCapture(str(one.source)), 0
    expected = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    try:
        while (frame := capture.read()[1]) is not None:
            yield NamedInput(_inside(one, f'{number:06d}'), frame, one.source)
            number += 1
    finally:
        capture.release()
    why = ''
    if not number:
        why = 'no video that OpenCV can decode'
    elif number < _WHOLE * expected:  # counts in headers are not exact
        why = f'breaks off after {number} of {expected:.0f} frames; fetch it again'
    if why:
        yield NamedInput(one.name, UnreadablePicture(one.name, why), one.source)


def _inside(one: NamedInput, name: str) -> str:
    return f'{PurePosixPath(one.name).with_suffix("")}/{name}'


def _existing(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.exists():
        raise FileNotFoundError(f'{str(path)!r}: no such file or folder')
    return found
