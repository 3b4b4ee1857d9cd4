"""Refuse values that a class, or what is built with it, cannot take.

What it can is read from its signature: annotations, and parameters without default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..utils.annotations import fits, in_words
from ..utils.signatures import accepted
from . import config_parts as parts
from .number_bounds import ANY, BOUNDS, FINITE, Bound

_NO_NAMES = (bool, int, float)
_SCALARS = (*_NO_NAMES, str)
_LONGEST = 80


def wrong_values(value: Mapping, target: Callable, path: str) -> Iterator[str]:
    """A line for each value that is not of its parameter's type or within its bounds.

    Args:
        value (Mapping): Keyword arguments.
        target (Callable): What is called with them.
        path (str): Where they stand in the config; '' for its top.
    """
    parameters = accepted(target).parameters
    for key, item in value.items():
        parameter = parameters.get(key)
        if parameter is None or item is parameter.default:
            continue
        place, of = _place(path, key), f' ({target.__name__})' if path else ''
        annotation = _by_class(parts.NARROWER, target, key) or parameter.annotation
        wanted = '' if fits(item, annotation) else in_words(annotation)
        if wanted := wanted or _bound(target, key).wanted(item):
            yield f'{place}={_short(item)}, expected {wanted}{of}'


def missing_values(
    value: Mapping, target: Callable, path: str, given: Collection[str]
) -> Iterator[str]:
    """A line for each parameter without default that is not there.

    Args:
        value (Mapping): Keyword arguments.
        target (Callable): What is called with them.
        path (str): Where they stand in the config.
        given (Collection[str]): What the builder adds.
    """
    for name in accepted(target).needed:
        if name not in value and name not in given:
            yield f'{path} has no {name!r}, which {target.__name__} needs'


def not_a_part(value: object, path: str) -> Iterator[str]:
    """A line for what should be a dict with a type, and is none or has none."""
    if not parts.AS_IT_IS.fullmatch(path):
        return
    plain = isinstance(value, (*_SCALARS, list, tuple))
    if value is None:
        plain = parts.NEVER_NONE.fullmatch(path)
    if plain and '.' in path:  # those at the top are checked with the Runner
        yield f"{path}={_short(value)}, expected a dict with a 'type'"
    elif isinstance(value, Mapping) and 'type' not in value:
        if parts.kind_of(value, path) is None:
            yield f"{path} has no 'type'"


def not_a_type(value: Mapping, path: str) -> Iterator[str]:
    """A line where ``type`` is neither a name nor a class."""
    kind = value.get('type', '')
    plain = isinstance(kind, (*_NO_NAMES, list, tuple, Mapping)) or kind is None
    built = parts.AS_IT_IS.fullmatch(path) or path.rpartition('.')[2] in parts.PARTS
    if plain and built:
        yield f'{_place(path, "type")}={_short(kind)}, expected the name of a class'


def _by_class(table: Mapping, target: Callable, key: str) -> Any:
    """What a table has for an argument of a class or its parents, or a function."""
    found = (table.get(name, {}).get(key) for name in _owners(target))
    return next((one for one in found if one is not None), None)


def _bound(target: Callable, key: str) -> Bound:
    """Which numbers an argument of a class or a function may be."""
    finite = (FINITE[name] for name in _owners(target) if name in FINITE)
    return _by_class(BOUNDS, target, key) or next(finite, ANY)


def _owners(target: Callable) -> list[str]:
    """Names of a class and its parents, or of a function."""
    owners = inspect.getmro(target) if inspect.isclass(target) else [target]
    return [owner.__name__ for owner in owners]


def _place(path: str, key: str) -> str:
    return f'{path}.{key}' if path else str(key)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'
