"""Whether a plain value is of the type that a parameter is annotated with."""

from __future__ import annotations

import collections.abc
import inspect
import math
import os
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

_PLAIN = (type(None), bool, int, float, str, list, tuple, dict)
_NAMES = {
    type(None): 'None',
    bool: 'True or False',
    int: 'a whole number',
    float: 'a number',
    str: 'a text',
    dict: 'a dict',
    list: 'a list',
    tuple: 'a list',
}
_SEQUENCES = (list, tuple, collections.abc.Sequence)
_MAPPINGS = (dict, collections.abc.Mapping)
_UNIONS = (Union, types.UnionType)


def fits(value: object, annotation: object) -> bool:
    """Whether a value of a config may be given to a parameter.

    Lists and tuples are the same, and whole numbers are numbers; True is no number, and
    nor is NaN. What is no plain value, and annotations that say nothing of plain
    values, such as classes of networks, are let through; a dict stands for an object
    that is built of it.

    Args:
        value (object): Of a config.
        annotation (object): A type, or what ``typing`` makes of some.
    """
    if isinstance(value, Mapping):
        value = dict(value)
    if type(value) not in _PLAIN or annotation is Any:
        return True
    origin, args = get_origin(annotation) or annotation, get_args(annotation)
    if origin in _UNIONS:
        return any(fits(value, one) for one in args)
    if origin is typing.Literal:
        return value in args
    if origin in (None, type(None)):
        return value is None
    if origin in _SEQUENCES:
        return isinstance(value, (list, tuple)) and _items_fit(value, origin, args)
    if origin in _MAPPINGS:
        return isinstance(value, dict)
    if origin is float:
        return type(value) in (int, float) and not math.isnan(value)
    if origin in (bool, int, str):
        return type(value) is origin
    if (
        origin is os.PathLike
        or inspect.isclass(origin)
        and issubclass(origin, os.PathLike)
    ):
        return isinstance(value, str)
    if _is_class_of_objects(origin):
        return isinstance(value, dict)
    return True


def in_words(annotation: object) -> str:
    """What a parameter takes: 'a whole number or None'."""
    origin, args = get_origin(annotation) or annotation, get_args(annotation)
    if origin in _UNIONS:
        return ' or '.join(dict.fromkeys(map(in_words, args)))
    if origin is typing.Literal:
        return f'one of {args}'
    if origin in _SEQUENCES:
        items = [a for a in args if a is not Ellipsis]
        if not _of_one_kind(items):
            return 'a list'
        words = in_words(items[0])
        if origin is tuple and Ellipsis not in args:
            return f'{len(items)} of {words} in a list'
        return f'a list of {words}'
    if origin in _MAPPINGS:
        return 'a dict'
    return _NAMES.get(origin, f'a dict for {getattr(origin, "__name__", origin)}')


def annotation_of(parameter: inspect.Parameter, owner: Callable) -> object:
    """The annotation of a parameter, which may be kept as text; Any where it is none.

    Args:
        parameter (inspect.Parameter): Of ``owner``.
        owner (Callable): In whose module the text is read.
    """
    found = parameter.annotation
    if found is parameter.empty:
        return Any
    if not isinstance(found, str):
        return found
    try:
        return eval(found, getattr(owner, '__globals__', {}))  # as typing does
    except Exception:  # names that are imported for checkers of types alone
        return Any


def _items_fit(value: Sequence, origin: object, args: tuple) -> bool:
    """Whether the items are of the types that are named."""
    if not args:
        return True
    if origin is tuple and Ellipsis not in args:
        return len(value) == len(args) and all(map(fits, value, args))
    return all(fits(item, args[0]) for item in value)


def _of_one_kind(items: Sequence) -> bool:
    return bool(items) and all(item == items[0] and item in _NAMES for item in items)


def _is_class_of_objects(origin: object) -> bool:
    """Whether nothing plain is an instance, so that only a dict can be built to one."""
    return inspect.isclass(origin) and not any(issubclass(p, origin) for p in _PLAIN)
