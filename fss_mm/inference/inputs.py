"""What a user passes as images: files, folders, lists, shards, videos, arrays."""

from __future__ import annotations

import glob
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..index.file_listing import IMAGE_SUFFIXES, list_images
from ..utils.files import read_text
from .pictures import Source, UnreadablePicture, is_url

LIST, SHARD = '.txt', '.tar'
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')
Inputs = Source | Iterable[Source]


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
        """Absolute path or address of what it was read from; '' for an array."""
        is_path = isinstance(self.source, (str, Path))
        path = self.source if is_path else self.container
        return str(path) if not str(path) or is_url(path) else os.path.abspath(path)


def is_single(inputs: Inputs) -> bool:
    """Whether one image is meant: an array, Pillow's image, or one file."""
    if isinstance(inputs, (np.ndarray, Image.Image)):
        return True
    return isinstance(inputs, (str, Path)) and _reader(inputs) in (_url, _file)


def named_inputs(inputs: Inputs | Iterable[NamedInput]) -> Iterator[NamedInput]:
    """All images that are meant, in a fixed order, with names.

    Folders are searched with all folders in them, and sorted. A list (``.txt``) has a
    path, a glob or an address in each line, under the list's own folder; an image is
    named as its line says. A shard
    (``.tar``, as WebDataset has them) is read from front to end; its images are named
    ``<shard>/<name in it>``, the frames of a video ``<video>/000000`` and so on.

    Args:
        inputs (Inputs): A file, folder, glob, address, list, shard, video, array or
            Pillow's image, or any number of them; what is named already stays so.

    Raises:
        FileNotFoundError: If there is no such file, or a folder, glob or list is empty.
        ValueError: If something is nothing of these.
    """
    if isinstance(inputs, (str, Path)):
        yield from _reader(inputs)(inputs)
    elif isinstance(inputs, (np.ndarray, Image.Image)):
        name = getattr(inputs, 'filename', '')
        yield NamedInput(Path(name).name if name else 'image', inputs)
    elif not isinstance(inputs, Iterable):
        raise ValueError(
            f'{inputs!r} is no image: expected a file, folder, address, array, '
            "Pillow's image, or a list of these"
        )
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
        reader = _reader(inputs)
        if reader is _list:
            return count_inputs([source for _, source in _entries(inputs)])
        return None if reader in (_video, _shard) else sum(1 for _ in reader(inputs))
    if isinstance(inputs, (np.ndarray, Image.Image)):
        return 1
    if not isinstance(inputs, (list, tuple)):
        return None
    counts = [count_inputs(item) for item in inputs]
    return None if None in counts else sum(counts)


def _reader(path: str | Path) -> Callable[[str | Path], Iterator[NamedInput]]:
    """What reads the images that a path means."""
    if is_url(path):
        return _url
    found, suffix = Path(path).expanduser(), Path(path).suffix.lower()
    if found.is_dir():
        return _folder
    if glob.has_magic(str(path)) and not found.exists():
        return _glob
    kinds = {LIST: _list, SHARD: _shard} | dict.fromkeys(VIDEO_SUFFIXES, _video)
    return kinds.get(suffix, _file)


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
            yield from named_inputs(source)


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


def _shard(path: str | Path) -> Iterator[NamedInput]:
    file = _existing(path)
    try:
        with tarfile.open(file, 'r|') as shard:
            for member in shard:
                if member.isfile() and member.name.lower().endswith(IMAGE_SUFFIXES):
                    content = shard.extractfile(member).read()
                    yield NamedInput(f'{file.stem}/{member.name}', content, file)
    except (tarfile.TarError, EOFError) as error:
        reason = UnreadablePicture(file.name, f'damaged or cut off ({error})')
        yield NamedInput(file.name, reason)


def _video(path: str | Path) -> Iterator[NamedInput]:
    video = _existing(path)
    capture, number = cv2.VideoCapture(str(video)), 0
    try:
        while (frame := capture.read()[1]) is not None:
            yield NamedInput(f'{video.stem}/{number:06d}', frame, video)
            number += 1
    finally:
        capture.release()
    if not number:
        reason = UnreadablePicture(video.name, 'no video that OpenCV can decode')
        yield NamedInput(video.name, reason)


def _existing(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.exists():
        raise FileNotFoundError(f'{str(path)!r}: no such file or folder')
    return found
