"""JSONs of others: read, and what they hold is of the kinds that it has to be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_LONGEST = 40


class Field(NamedTuple):
    """What an entry of a JSON has to be.

    Args:
        fits (Callable): Whether a value is that.
        expected (str): What it is called.
        optional (bool): Whether it may be missing, or null. Defaults to False.
    """

    fits: Callable[[Any], bool]
    expected: str
    optional: bool = False


def read_json_file(path: Path) -> Any:
    """What a JSON holds, in UTF-8, UTF-16 or UTF-32.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is none; the text says why.
    """
    try:
        return json.loads(path.read_bytes())
    except UnicodeDecodeError as error:
        raise ValueError(f'no text in UTF-8 (byte {error.start})') from error
    except RecursionError as error:
        raise ValueError('lists in lists without end') from error


def require_entries(entries: Any, label: str, fields: Mapping[str, Field]) -> None:
    """Check a list of entries.

    Args:
        entries (Any): The list, if it is one.
        label (str): Its name in the JSON.
        fields (Mapping[str, Field]): What each entry has.

    Raises:
        ValueError: Naming the first value that is something else.
    """
    if not isinstance(entries, list):
        raise ValueError(f'{label} is {_text(entries)}, expected a list')
    for number, entry in enumerate(entries):
        where = f'{label}[{number}]'
        if not isinstance(entry, dict):
            raise ValueError(f'{where} is {_text(entry)}, expected an object')
        require_fields(entry, where, fields)


def require_fields(entry: Mapping, label: str, fields: Mapping[str, Field]) -> None:
    """Check one entry; as :func:`require_entries`."""
    for name, field in fields.items():
        value = entry.get(name)
        if field.optional and value is None:
            continue
        where = f'{label}.{name}' if label else name
        if name not in entry:
            raise ValueError(f'{where} is missing, expected {field.expected}')
        if not field.fits(value):
            raise ValueError(f'{where} is {_text(value)}, expected {field.expected}')


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _text(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'


def _is_size(value: Any) -> bool:
    return is_number(value) and value >= 1 and value == int(value)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


def _are_points(value: Any) -> bool:
    return isinstance(value, Sequence) and all(
        isinstance(point, list) and len(point) == 2 and all(map(is_number, point))
        for point in value
    )


TEXT = Field(lambda value: isinstance(value, str), 'a text')
SIZE = Field(_is_size, 'a whole number of pixels')
ID = Field(_is_id, 'a number')
POINTS = Field(_are_points, 'a list of points [x, y]')
