"""What in a stranger's config would do harm when it is built, though it is data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from ..registry import REGISTRIES
from .places import is_place

# keys whose text mmengine, or fss_mm, looks up in a registry; it imports what is not
_LOOKED_UP = ('type', 'constructor', 'runner_type', 'draw')
_SCOPES = ('_scope_', 'default_scope')


def dangers(values: Mapping[str, Any]) -> Iterator[str]:
    """What would run code, or read or write anywhere, when a config is built."""
    if values.get('custom_imports'):
        yield f'it imports modules: custom_imports={values["custom_imports"]}'
    for path, key, value in _texts(values):
        if key in _LOOKED_UP and not _is_registered(value):
            yield f'{path}={value!r} is none of the registered types'
        if key in _SCOPES and value not in _scopes():
            yield f'{path}={value!r} is none of the scopes {sorted(_scopes())}'
        if is_place(value):
            yield f'{path}={value!r} is a place of its own choice on your machine'


def _texts(value: Any, path: str = '', key: str = '') -> Iterator[tuple[str, str, str]]:
    """Dotted path, last key and text of all texts of a config."""
    if isinstance(value, str):
        yield path, key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            own = f'{path}.{name}' if path else str(name)
            yield from _texts(item, own, str(name))
    elif isinstance(value, (list, tuple, set)):
        for place, item in enumerate(value):
            yield from _texts(item, f'{path}.{place}', key)


def _all_registries() -> Iterator:
    for registry in REGISTRIES:
        while registry is not None:
            yield registry
            registry = registry.parent


def _scopes() -> set[str]:
    return {registry.scope for registry in _all_registries()}


def _is_registered(name: str) -> bool:
    """Whether a registry has a name, so that nothing is imported to find it.

    One registry may have a name that another one is asked for, which would import a
    module of it, if there is one on Python's path.
    """
    scope, _, own = name.rpartition('.')
    known = (one for one in _all_registries() if scope in ('', one.scope))
    found = any(own in registry.module_dict for registry in known)
    return found and (bool(scope) or find_spec(own) is None)
