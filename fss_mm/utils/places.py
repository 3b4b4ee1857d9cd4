"""What names a place of the machine, and is nobody else's business."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

_PLACE = re.compile(r'~|/|\\|[A-Za-z]:[\\/]|\.\.[\\/]|\.\.$|file:')
DATA_ROOT = 'data/folder'  # in place of one that is no usual one


def is_place(text: str) -> bool:
    """Whether a text is an absolute path, or one that leaves its folder."""
    return _PLACE.match(text) is not None or '/../' in text


def without_places(value: Any, key: str = '') -> Any:
    """A value in which paths of the machine are file names alone.

    A ``data_root`` that does not begin with ``data/``, as those of the configs of
    fss_mm do, is ``data/folder``.

    Args:
        value (Any): Containers of plain values.
        key (str): Under which it stands. Defaults to ''.
    """
    if isinstance(value, Mapping):
        return {name: without_places(item, str(name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(without_places(item, key) for item in value)
    if not isinstance(value, str):
        return value
    if key == 'data_root' and (is_place(value) or not value.startswith('data/')):
        return DATA_ROOT
    return PureWindowsPath(value).name if is_place(value) else value


def require_no_places(text: str, name: str, also: Iterable[Path] = ()) -> None:
    """Check that nothing names a place of this machine, also inside of a text.

    Args:
        text (str): Of a file that is to be published.
        name (str): What to call it.
        also (Iterable[Path]): Places beside the home and the current folder.

    Raises:
        ValueError: Naming the place.
    """
    for place in (Path.home(), Path.cwd(), *also):
        found = str(place.absolute())
        if len(Path(found).parts) > 1 and re.search(rf'{re.escape(found)}\b', text):
            raise ValueError(
                f'{name} would tell the place {found!r} of this machine; take it out '
                'of the config, or out of the report'
            )
