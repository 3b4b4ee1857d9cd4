"""Configs as data: written as literals, and read without running them.

A config of mmengine's is a program. One that somebody has published is read here as
lines ``name = value`` in which values are literals and ``dict(key=value)``, which is
also how mmengine writes a config; a line of any other form is refused. What could still
do harm when the config is built is refused as well: the name of a function in place of
a registered type, modules to import, paths out of the folder that one works in.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from pprint import pformat
from typing import Any

from mmengine.config import Config

from .config_dangers import dangers
from .files import read_text

_FORM = dict(width=80, sort_dicts=False)
_TRUST = 'read it with trust=True (--trust) if you trust whoever made it'


def plain_text(values: Mapping[str, Any]) -> str:
    """A config as literals, which mmengine reads as well.

    Args:
        values (Mapping[str, Any]): Fields of the config.

    Raises:
        ValueError: Naming the fields whose value cannot be written as a literal, such
            as a function.
    """
    lines = {key: f'{key} = {pformat(values[key], **_FORM)}\n' for key in values}
    bad = [key for key, line in lines.items() if not _says(line, key, values[key])]
    if bad:
        raise ValueError(f'the config has values that are no plain data in {bad}')
    return ''.join(lines.values())


def _says(line: str, key: str, value: Any) -> bool:
    try:
        return parse_plain(line) == {key: value}
    except ValueError:
        return False


def parse_plain(text: str) -> dict[str, Any]:
    """The fields of a config that is written as literals; nothing in it is run.

    Raises:
        ValueError: Naming the line that is more than ``name = literal``.
    """
    try:
        lines = ast.parse(text).body
        return dict(_assignment(line) for line in lines if not _is_comment(line))
    except SyntaxError as error:
        where = f'line {error.lineno}: ' if error.lineno else ''
        raise ValueError(f'{where}{error.msg}') from error
    except (RecursionError, MemoryError) as error:
        raise ValueError('it is nested too deeply') from error


def read_plain_config(path: str | Path, trust: bool = False) -> Config:
    """Read a config that somebody has published, as data.

    Args:
        path (str | Path): Its file.
        trust (bool): Import the modules in its ``custom_imports``, which are programs
            of this machine, and allow types that are registered nowhere, and any paths.
            Defaults to False: such a config is refused.

    Raises:
        ValueError: If it is no data, or names what is not allowed.
    """
    try:
        values = parse_plain(read_text(path))
        problem = None if trust else next(dangers(values), None)
        if problem is not None:
            raise ValueError(f'{problem}; {_TRUST}')
        cfg = Config(values, filename=str(path))
    except (KeyError, ValueError) as error:  # a key may be one of mmengine's own
        text = f'config {str(path)!r} is not read: {error.args[0]}'
        raise ValueError(text) from error
    if trust and values.get('custom_imports'):
        _import_modules(values['custom_imports'], str(path))
    return cfg


def _import_modules(given: Mapping, name: str) -> None:
    from mmengine.utils import import_modules_from_strings

    try:
        import_modules_from_strings(**given)
    except (ImportError, TypeError) as error:
        raise ValueError(f'config {name!r}: custom_imports: {error}') from error


def _is_comment(line: ast.stmt) -> bool:
    """Whether a statement is a text that stands by itself, as a docstring does."""
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


def _assignment(line: ast.stmt) -> tuple[str, Any]:
    if (
        isinstance(line, ast.Assign)
        and len(line.targets) == 1
        and isinstance(line.targets[0], ast.Name)
        and line.targets[0].id != '_base_'
    ):
        return line.targets[0].id, _value(line.value)
    raise ValueError(
        f'line {line.lineno} is no `name = literal`: it would have to be run, or names '
        'another file'
    )


def _value(node: ast.expr) -> Any:
    """The value of a literal, or of a call of ``dict`` with them."""
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_key(k): _value(v) for k, v in zip(node.keys, node.values)}
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Call) and _is_dict(node):
        return {word.arg: _value(word.value) for word in node.keywords}
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'line {node.lineno} has more than literals: {ast.unparse(node)[:40]!r}'
        ) from error


def _key(node: ast.expr) -> Any:
    key = _value(node)
    try:
        hash(key)
    except TypeError as error:
        raise ValueError(
            f'line {node.lineno} has {ast.unparse(node)[:40]!r} as the key of a dict, '
            'expected a text or a number'
        ) from error
    return key


def _is_dict(node: ast.Call) -> bool:
    named = all(word.arg is not None for word in node.keywords)
    is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
    return is_dict and named and not node.args
