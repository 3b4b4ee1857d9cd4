"""Which files a folder holds, with what is wrong with some of them.

A file's name, here and in all lists, is its path under the folder without the suffix:
``2007_000033``, or ``owl/at night`` in a folder of folders. Names are in Unicode's
composed form (NFC), so that the decomposed names of macOS are the same as any other's.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')
UNREAD_SUFFIXES = ('.gif', '.heic', '.heif', '.avif', '.jp2', '.jxl', '.psd',
                   '.pbm', '.pgm', '.pnm', '.ppm', '.tga')  # fmt: skip
_UNREAD_REASON = 'a format that is not read; save it as JPEG or PNG'
_ODD_NAME = 'a name with a line break, or not in UTF-8; rename it'
_LOOP = 'a link to a folder it lies in; remove it'
_UNFINISHED_REASON = 'an unfinished download; fetch it again'
_UNFINISHED = ('.part', '.crdownload', '.download', '.partial', '.tmp')


@dataclass
class FileListing:
    """The files of a folder, sorted by name.

    Args:
        files (dict[str, str]): Name to path under the folder, with the suffix.
        stats (np.ndarray): (N, 2) int64: size in bytes and time of change in
            nanoseconds of each of them.
        problems (dict[str, str]): Path of a file that cannot be used, to the reason and
            the remedy.
    """

    files: dict[str, str] = field(default_factory=dict)
    stats: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    problems: dict[str, str] = field(default_factory=dict)


def composed(name: str) -> str:
    """A name in Unicode's composed form, which all names are compared in."""
    return name if name.isascii() else unicodedata.normalize('NFC', name)


def name_of(path: str) -> str:
    """Name of a file: its path without suffix, and without that of a download."""
    for suffix in _UNFINISHED:
        path = path[: -len(suffix)] if path.lower().endswith(suffix) else path
    stem, dot, suffix = path.rpartition('.')
    return composed(path if not dot or '/' in suffix else stem)


def list_images(
    folder: str | Path,
    suffixes: Sequence[str] | None = None,
    leave_out: Callable[[str], object] | None = None,
) -> FileListing:
    """List images; those in formats that are not read are problems.

    Args:
        folder (str | Path): It must exist.
        suffixes (Sequence[str], optional): What they end in. Defaults to any format.
        leave_out (Callable[[str], object], optional): Whether a path is no image, such
            as a mask beside it. Defaults to None.
    """
    refused = {} if suffixes else dict.fromkeys(UNREAD_SUFFIXES, _UNREAD_REASON)
    return list_files(folder, suffixes or IMAGE_SUFFIXES, refused, leave_out)


def list_files(
    folder: str | Path,
    suffixes: Sequence[str],
    refused: Mapping[str, str] | None = None,
    leave_out: Callable[[str], object] | None = None,
) -> FileListing:
    """List a folder's files and those of the folders in it.

    Hidden files are passed over. Suffixes are compared without regard to case.

    Args:
        folder (str | Path): It must exist.
        suffixes (Sequence[str]): Of the files that count, such as '.png'. Where two
            files have one name, the one whose suffix comes first is taken and the other
            is a problem.
        refused (Mapping[str, str], optional): Suffixes of files that are problems, with
            the reason and the remedy. Defaults to None: other files are passed over.
        leave_out (Callable[[str], object], optional): Whether a path is passed over.
            Defaults to None.
    """
    lower = tuple(suffix.lower() for suffix in suffixes)
    passed_over = dict.fromkeys(_UNFINISHED, _UNFINISHED_REASON) | (refused or {})
    found = _Found([], [], [], {})
    _walk(str(folder), '', (), lower, passed_over, found)
    found = _without_odd_names(found)
    if leave_out is not None:
        found = _kept(found, [i for i, p in enumerate(found.paths) if not leave_out(p)])
    names, ranks = _names_and_ranks(found.paths, lower)
    order = sorted(range(len(names)), key=names.__getitem__)
    if len(set(names)) < len(names):
        order = _without_twins(order, names, ranks, found)
    stats = np.array([found.sizes, found.times], dtype=np.int64).T[order]
    files = zip([names[i] for i in order], [found.paths[i] for i in order])
    return FileListing(dict(files), stats, found.problems)


def _names_and_ranks(
    paths: Sequence[str], suffixes: tuple[str, ...]
) -> tuple[list[str], list[int]]:
    """Names of files, and which of the suffixes each has."""
    ranks = [0] * len(paths)
    if len(suffixes) > 1:
        ranks = [[p.lower().endswith(s) for s in suffixes].index(True) for p in paths]
    lengths = [len(suffix) for suffix in suffixes]
    names = [path[: -lengths[rank]] for path, rank in zip(paths, ranks)]
    return names if all(map(str.isascii, names)) else list(map(composed, names)), ranks


def _without_twins(
    order: list[int], names: list[str], ranks: list[int], found: _Found
) -> list[int]:
    """Leave out files that have the name of another, and say so."""
    first: dict[str, int] = {}
    for i in sorted(order, key=lambda i: (names[i], ranks[i])):
        if first.setdefault(names[i], i) != i:
            found.problems[found.paths[i]] = (
                f'has the name of a {_ending(found.paths[first[names[i]]])!r} file '
                'beside it; rename or remove one of them'
            )
    return list(first.values())


def _ending(path: str) -> str:
    return os.path.splitext(path)[1]


def _without_odd_names(found: _Found) -> _Found:
    """Leave out files that no list of one path a line can name, and say so."""
    if _are_lines('\n'.join(found.paths), len(found.paths)):
        return found
    for path in found.paths:
        if not _are_lines(path, 1):
            found.problems[ascii(path)] = _ODD_NAME
    kept = [i for i, path in enumerate(found.paths) if _are_lines(path, 1)]
    return _kept(found, kept)


def _kept(found: _Found, kept: Sequence[int]) -> _Found:
    columns = ([column[i] for i in kept] for column in found[:3])
    return _Found(*columns, found.problems)


def _are_lines(text: str, number: int) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8
        return False
    return len(text.splitlines()) == number


class _Found(NamedTuple):
    """Lists of plain values: of a hundred thousand tuples Python makes a long task."""

    paths: list[str]
    sizes: list[int]
    times: list[int]
    problems: dict[str, str]


def _walk(
    root: str,
    under: str,
    parents: tuple[str, ...],
    suffixes: tuple[str, ...],
    refused: Mapping[str, str],
    found: _Found,
) -> None:
    """Collect path under ``root``, size and time of change of each file that counts."""
    here = os.path.realpath(os.path.join(root, under))
    with os.scandir(here) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == '.':
                continue
            try:
                fits = name.endswith(suffixes) or name.lower().endswith(suffixes)
                if fits and not entry.is_dir():
                    stat = entry.stat()  # raises where a link leads nowhere
                    found.paths.append(under + name)
                    found.sizes.append(stat.st_size)
                    found.times.append(stat.st_mtime_ns)
                elif entry.is_dir():
                    if os.path.realpath(entry.path) in (*parents, here):
                        found.problems[under + name] = _LOOP
                        continue
                    inside = f'{under}{name}/', (*parents, here)
                    _walk(root, *inside, suffixes, refused, found)
                else:
                    why = refused.get(os.path.splitext(name)[1].lower())
                    if why is not None:
                        found.problems[under + name] = why
            except OSError as error:  # a dangling link, a loop, no permission
                found.problems[under + name] = f'{error.strerror}; mend or remove it'
