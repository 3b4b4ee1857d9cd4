"""Which files a folder holds, with what is wrong with some of them.

A file's name, here and in all lists, is its path under the folder without the suffix:
``2007_000033``, or ``owl/at night`` in a folder of folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')
_UNFINISHED = ('.part', '.crdownload', '.download', '.partial', '.tmp')


@dataclass
class FileListing:
    """The files of a folder, sorted by name.

    Args:
        files (dict[str, str]): Name to path under the folder, with the suffix.
        stats (dict[str, tuple[int, int]]): Name to size in bytes and time of change in
            nanoseconds.
        problems (dict[str, str]): Path of a file that cannot be used, to the reason and
            the remedy.
    """

    files: dict[str, str] = field(default_factory=dict)
    stats: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def list_files(folder: str | Path, suffixes: Sequence[str]) -> FileListing:
    """List a folder's files and those of the folders in it.

    Hidden files are passed over. Suffixes are compared without regard to case.

    Args:
        folder (str | Path): It must exist.
        suffixes (Sequence[str]): Of the files that count, such as '.png'. Where two
            files have one name, the one whose suffix comes first is taken and the other
            is a problem.
    """
    found: list[tuple[str, int, str, tuple[int, int]]] = []
    listing = FileListing()
    lower = tuple(suffix.lower() for suffix in suffixes)
    for path, stat in _walk(str(folder), '', (), listing.problems):
        small = path.lower()
        for rank, suffix in enumerate(lower):
            if small.endswith(suffix):
                found.append((path[: -len(suffix)], rank, path, stat))
                break
        else:
            if small.endswith(_UNFINISHED):
                listing.problems[path] = 'an unfinished download; fetch it again'
    for name, _, path, stat in sorted(found):
        if name in listing.files:
            listing.problems[path] = (
                f'has the name of {listing.files[name]!r}; rename or remove one of them'
            )
            continue
        listing.files[name], listing.stats[name] = path, stat
    return listing


def _walk(
    root: str, under: str, parents: tuple[str, ...], problems: dict[str, str]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's path under ``root``, its size and its time of change."""
    here = os.path.realpath(os.path.join(root, under))
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.name.startswith('.'):
                continue
            path = under + entry.name
            try:
                if not entry.is_dir():
                    stat = entry.stat()
                    yield path, (stat.st_size, stat.st_mtime_ns)
                elif os.path.realpath(entry.path) in (*parents, here):
                    problems[path] = 'a link to a folder it lies in; remove it'
                else:
                    yield from _walk(root, f'{path}/', (*parents, here), problems)
            except OSError as error:  # a dangling link, a loop, no permission
                problems[path] = f'{error.strerror}; mend or remove it'
