"""Dotted paths into plain dicts and lists, as ``--cfg-options`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def items(value: Any, path: str = '') -> Iterator[tuple[str, Any]]:
    """All that is below a value, with its path."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        return
    for key, item in pairs:
        place = f'{path}.{key}' if path else str(key)
        yield place, item
        yield from items(item, place)


def parent_of(value: Any, path: str) -> tuple[Any, str]:
    """The dict or list that holds the last key of a path, made where it lacks."""
    *way, key = path.split('.')
    for part in way:
        value = value[int(part)] if part.isdigit() else value.setdefault(part, {})
    return value, key


def put(value: Any, path: str, new: Any) -> None:
    """Write at a path."""
    parent, key = parent_of(value, path)
    parent[int(key) if key.isdigit() else key] = new


def last(path: str) -> str:
    """The last key of a path."""
    return path.rpartition('.')[2]
