"""Refuse keys and types of a config that nobody reads, before anything is built.

mmengine takes any key: one that is misspelt is read by nobody, and the run goes on
without it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from .. import registry as ours
from ..registry import REGISTRIES
from ..utils.signatures import accepted_names, called_with
from ..utils.text import nearest, shorten
from . import config_parts as parts
from .config_values import missing_values, not_a_part, not_a_type, wrong_values

_KNOWN = {*parts.OF_RUNNERS, *parts.OF_CONFIGS}  # what is read at a config's top


def check_config(
    cfg: Config, options: Mapping | None = None, needs: Sequence[str] = ()
) -> None:
    """Check all keys and types of a config against the classes that it names.

    What a class accepts is read from its signature, and from its parents' where it
    hands ``**kwargs`` on; where that cannot be told, anything is let through. Variables
    of a config's own may have any name that is not a slip of a known one.

    Args:
        cfg (Config): A whole experiment.
        options (Mapping, optional): What ``--cfg-options`` wrote into it; here a key at
            the top must be one that is read. Defaults to None.
        needs (Sequence[str]): Keys without which nothing can be done. Defaults to ().

    Raises:
        ValueError: With a line for each key that is missing, and for each key or type
            that is unknown, with the known one that is nearest.
    """
    problems = [f'the config has no {key!r}' for key in needs if not cfg.get(key)]
    problems += [*_option_problems(cfg, options or {}), *_top_problems(cfg, options)]
    problems += wrong_values(cfg, Runner, '')
    problems += _table_problems(cfg)
    for key, value in cfg.items():
        if key.endswith('_dataloader'):
            problems += _loader_problems(value, key)
        elif key == 'default_hooks':
            problems += _hook_problems(value)
        elif key in parts.OF_TABLES and isinstance(value, Mapping):
            problems += _unknown(value, parts.OF_TABLES[key], key)
        elif key in parts.PARTS:
            problems += _problems(value, key, parts.PARTS[key])
    _require_none(problems)


def check_options(cfg: Config, options: Mapping) -> None:
    """The same of what ``--cfg-options`` wrote at the top of a config alone.

    Args:
        cfg (Config): In which it is written.
        options (Mapping): Dotted keys.

    Raises:
        ValueError: As :func:`check_config`.
    """
    _require_none(_option_problems(cfg, options))


def check_model(cfg: Config) -> None:
    """The same of a config's model alone, for what builds nothing else.

    Args:
        cfg (Config): With a ``model``.

    Raises:
        ValueError: As :func:`check_config`.
    """
    _require_none(_problems(cfg.model, 'model', parts.PARTS['model']))


def _require_none(problems: Iterable[str]) -> None:
    lines = dict.fromkeys(problems)
    if lines:
        raise ValueError('\n'.join(lines))


def _tops(options: Mapping | None) -> set[str]:
    return {str(key).partition('.')[0] for key in options or {}}


def _option_problems(cfg: Mapping, options: Mapping) -> Iterator[str]:
    """Keys at the top that only an option gave: nothing reads them."""
    for key in sorted(_tops(options) - _KNOWN):
        places = [path for path in _paths(cfg) if path.endswith(f'.{key}')]
        hint = (
            f'; did you mean {places[0]!r}?' if places else _ask(key, parts.OF_RUNNERS)
        )
        yield f'--cfg-options {key}: nothing reads {key!r} of a config{hint}'


def _top_problems(cfg: Mapping, options: Mapping | None) -> Iterator[str]:
    for key in cfg.keys() - _KNOWN - _tops(options):
        if not key.startswith('_') and nearest(key, parts.OF_RUNNERS, parts.ALIKE):
            yield (
                f'unknown key {key!r} in the config{_ask(key, parts.OF_RUNNERS)} '
                "(a variable of the config's own may start with '_')"
            )


def _table_problems(cfg: Config) -> Iterator[str]:
    """What is wrong in the tables that are the arguments of a function."""
    for path, calls in parts.OF_CALLS.items():
        first, *way = path.split('.')
        table = cfg.get(first)
        for key in way:
            table = table.get(key) if isinstance(table, Mapping) else None
        if isinstance(table, Mapping):
            call = calls.get(table.get('type'))
            yield from _made_of(table, path, [call] if call else ())
        elif table is not None and way:  # the Runner's own are checked with it
            yield f'{path}={table!r}, expected a dict'


def _loader_problems(value: object, path: str) -> Iterator[str]:
    for place, loader in _entries(value, path):
        known = accepted_names(DataLoader) | {*parts.OF_LOADERS}
        yield from _unknown(loader, known, place, 'a data loader')
        yield from wrong_values(loader, DataLoader, place)
        for key in ('dataset', 'sampler'):
            if key not in loader:
                yield f'{place} has no {key!r}'
        for key in ('dataset', 'sampler', 'batch_sampler', 'collate_fn'):
            yield from _problems(loader.get(key), f'{place}.{key}', parts.PARTS[key])


def _hook_problems(hooks: object) -> Iterator[str]:
    for name, hook in _entries_by_name(hooks):
        new = name not in parts.HOOKS
        nameless = isinstance(hook, Mapping) and 'type' not in hook
        if new and (nameless or nearest(name, parts.HOOKS, parts.ALIKE)):
            yield from _unknown(
                {name: hook}, parts.HOOKS, 'default_hooks', 'a new one: type'
            )
        if not (new and nameless):
            yield from _problems(hook, f'default_hooks.{name}', ours.HOOKS)


def _problems(value: object, path: str, registry: Registry) -> Iterator[str]:
    """Walk through a part of a config."""
    yield from not_a_part(value, path)
    if isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _problems(item, f'{path}.{place}', registry)
    if not isinstance(value, Mapping):
        return
    yield from not_a_type(value, path)
    kind = parts.kind_of(value, path)
    target = _find(kind, value.get('_scope_'), registry)
    if target is None and isinstance(kind, str):
        yield from _unknown_type(kind, path, registry)
    if target is not None:
        yield from _arguments(value, path, registry, target)
    for key, item in value.items():
        if isinstance(item, Mapping) and 'type' not in item and inspect.isclass(target):
            yield from _made_of(item, f'{path}.{key}', called_with(target, key))
        yield from _problems(item, f'{path}.{key}', parts.PARTS.get(key, registry))


def _arguments(
    value: Mapping, path: str, registry: Registry, target: Callable
) -> Iterator[str]:
    """What is wrong with the arguments of a class or a function."""
    yield from wrong_values(value, target, path)
    if 'constructor' in value and 'optimizer' not in value:
        return  # it may read any others
    names = accepted_names(target)
    if names is not None:
        taken = parts.OF_BUILDERS.get(path.rpartition('.')[2], ())
        also = (*parts.ANY, *parts.ALSO.get(registry, ()), *taken)
        yield from _unknown(value, names | {*also}, path, target.__name__)
    if parts.AS_IT_IS.fullmatch(path):
        given = parts.GIVEN.get(registry, ())
        yield from missing_values(value, target, path, given)


def _made_of(value: Mapping, path: str, makers: Iterable) -> Iterator[str]:
    """What is wrong in a dict without type that goes into a call as ``**key``."""
    for maker in makers:
        yield from wrong_values(value, maker, path)
        names = accepted_names(maker)
        if names is not None:
            yield from _unknown(value, names | {*parts.ANY}, path, maker.__name__)
        for key, item in value.items():
            if isinstance(item, Mapping) and inspect.isclass(maker):
                yield from _made_of(item, f'{path}.{key}', called_with(maker, key))


def _unknown(
    value: Mapping, known: Collection[str], path: str, of: str = ''
) -> Iterator[str]:
    of = f' ({of})' if of else ''
    for key in value.keys() - set(known):
        yield f'unknown key {key!r} in {path}{of}{_ask(key, known)}'


def _unknown_type(kind: str, path: str, registry: Registry) -> Iterator[str]:
    """A type that no registry has: a slip, or where something must be built."""
    near = nearest(kind, _type_names(registry), parts.ALIKE)
    if near is not None or path in parts.PARTS or parts.BUILT_FOR_SURE.fullmatch(path):
        yield f'unknown type {kind!r} in {path}{_ask(kind, _type_names(registry))}'


def _ask(name: str, known: Iterable[str]) -> str:
    known = sorted(set(known) - {*parts.ANY})
    near = nearest(name, known)
    if near is not None:
        return f'; did you mean {near!r}?'
    return f'; known are {shorten(known, 20)}'


def _find(kind: object, scope: str | None, registry: Registry):
    """What a type stands for: itself, or of its registry, or of any other."""
    if not isinstance(kind, str):
        return kind if callable(kind) else None
    found = (_get(one, kind, scope) for one in (registry, *REGISTRIES))
    return next((one for one in found if one is not None), None)


def _get(registry: Registry, kind: str, scope: str | None):
    """What a registry has, from the scope on that a config of a package names."""
    if scope is None:
        return registry.get(kind)
    with registry.switch_scope_and_registry(scope) as own:
        return own.get(kind)


def _type_names(registry: Registry) -> list[str]:
    names = []
    while registry is not None:
        names += registry.module_dict
        registry = registry.parent
    return names


def _entries(value: object, path: str) -> Iterator[tuple[str, Mapping]]:
    """A dict, or those of a list, with the path of each."""
    if isinstance(value, Mapping):
        yield path, value
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _entries(item, f'{path}.{place}')


def _paths(value: Mapping, path: str = '') -> Iterator[str]:
    """Dotted paths of all keys of a config, but of what is below a variable."""
    for key, item in value.items():
        if not key.startswith('_'):
            yield f'{path}{key}'
            yield from (
                _paths(item, f'{path}{key}.') if isinstance(item, Mapping) else ()
            )


def _entries_by_name(value: object) -> Iterable[tuple[str, object]]:
    return value.items() if isinstance(value, Mapping) else ()
