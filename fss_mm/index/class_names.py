"""The classes that a user names, and the values that they have in index masks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .file_listing import composed
from .image_files import read_split

IGNORE_INDEX = 255
BACKGROUND_NAMES = ('background', '_background_', '__ignore__', 'bg')
IGNORED_NAMES = ('ignore', 'void', '__ignore__')  # where values or colours are named
_HIGHEST = (1 << 16) - 1
_PAIR = re.compile(r'(\d+)\s*=\s*(.*\S)')
_LINE = re.compile(r'(\d+)(?:\s*=\s*|\s+)(.*\S)')


@dataclass(frozen=True)
class NamedClasses:
    """What a user says of the classes.

    Args:
        names (tuple[str, ...]): Of the classes, in the order of their ids 1, 2, ...
        values (dict[int, int], optional): Value of an index mask, of up to 16 bits, to
            class id; 0 is background, 255 ignored. Values that are not in it are
            background. None where names are a list: a value is a class id.
        background (str): A list's first name, where it is one of the background.
            Defaults to ''.
    """

    names: tuple[str, ...]
    values: dict[int, int] | None = None
    background: str = ''

    @property
    def deep_values(self) -> list[int]:
        """Values that masks of 8 bits cannot hold."""
        return [value for value in self.values or () if value > IGNORE_INDEX]

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names of a list, with that of the background."""
        return (self.background,) * bool(self.background) + self.names

    def of_folders(self, folders: Sequence[str]) -> tuple[str, ...]:
        """Names of the classes where each has a folder, which may be a background's."""
        first = (self.background,) if self.background in folders else ()
        return first + self.names


def is_background(name: str) -> bool:
    """Whether a name means the background."""
    return name.casefold() in BACKGROUND_NAMES


def is_ignored(name: str) -> bool:
    """Whether a name means pixels that count nowhere."""
    return name.casefold() in IGNORED_NAMES


def read_classes(
    root: Path, classes: Sequence[str] | Mapping[int | str, str] | str | None
) -> NamedClasses | None:
    """Read the argument ``classes`` of ``FewShotFolderDataset``.

    Args:
        root (Path): Folder that a text file of classes lies under.
        classes (Sequence[str] | Mapping[int | str, str] | str, optional): Names; or
            values with their names, as a mapping, as ``'3=owl'`` each, or as lines
            ``3 owl`` of a text file.

    Raises:
        FileNotFoundError: If there is no such text file.
        ValueError: If a class or a value is named twice, a value is none of 16 bits, or
            a name is no text.
    """
    if classes is None:
        return None
    if isinstance(classes, Mapping):
        return _with_values([(str(v), str(name)) for v, name in classes.items()])
    pattern = _PAIR
    if isinstance(classes, str):
        classes, pattern = read_split(root / classes), _LINE
    if not isinstance(classes, Sequence) or not all(
        isinstance(name, str) for name in classes
    ):
        raise ValueError(f'classes={classes!r}, expected names, each a text')
    pairs = [pattern.fullmatch(name) for name in classes]
    if classes and all(pairs):
        return _with_values([(pair[1], pair[2]) for pair in pairs])
    return _listed(tuple(map(composed, classes)))


def _listed(names: tuple[str, ...]) -> NamedClasses:
    if len(set(names)) < len(names):
        raise ValueError(f'classes={names!r} names a class twice; leave one out')
    # LabelMe's lists start with what is ignored, and then the background
    start = int(len(names) > 1 and all(map(is_background, names[:2])))
    if names and is_background(names[start]):
        return NamedClasses(names[start + 1 :], background=names[start])
    return NamedClasses(names)


def _with_values(pairs: Sequence[tuple[str, str]]) -> NamedClasses:
    """Several values may be of one class."""
    ids: dict[str, int] = {}
    values: dict[int, int] = {}
    for text, name in pairs:
        name = composed(name.strip())
        if not text.isdecimal() or int(text) > _HIGHEST or int(text) in values:
            raise ValueError(
                f'classes: value {text!r} of {name!r}, expected whole numbers from 0 '
                f'to {_HIGHEST}, each once; correct it'
            )
        value = int(text)
        if is_ignored(name):
            values[value] = IGNORE_INDEX
        elif is_background(name):
            values[value] = 0
        else:
            values[value] = ids.setdefault(name, len(ids) + 1)
    return NamedClasses(tuple(ids), values)
