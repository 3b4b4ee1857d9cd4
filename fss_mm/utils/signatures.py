"""Which keyword arguments a class or function accepts, ``**kwargs`` followed."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from torch import nn

from .annotations import annotation_of

_END = (object, nn.Module)  # they refuse all keywords, behind a signature that does not
REFUSED = 'unknown'  # ``**unknown``: taken only in order to refuse it with a message


@dataclass(frozen=True)
class KeywordUse:
    """What an ``__init__`` does with its ``**kwargs``.

    Args:
        read (frozenset[str]): Names that it looks for by itself.
        handed_on (bool): Whether the rest goes to ``super().__init__``.
        num_given (int): Arguments that the parent gets by position.
        given (frozenset[str]): Arguments that the parent gets by name.
        clear (bool): Whether nothing else happens to them.
    """

    read: frozenset[str]
    handed_on: bool
    num_given: int
    given: frozenset[str]
    clear: bool


@dataclass(frozen=True)
class Accepted:
    """Keyword arguments of a callable.

    Args:
        parameters (dict[str, inspect.Parameter]): Those that are known, with their
            annotations as types.
        closed (bool): Whether there are no others.
    """

    parameters: dict[str, inspect.Parameter]
    closed: bool

    @property
    def needed(self) -> list[str]:
        """Names of those without default; none where others may stand for them."""
        found = self.parameters.values() if self.closed else ()
        return [p.name for p in found if p.default is p.empty]


@cache
def accepted(target: Callable) -> Accepted:
    """Keyword arguments of a callable, through all parents that get its ``**kwargs``.

    Args:
        target (Callable): A class or a function.
    """
    if not inspect.isclass(target):
        found, keywords = _parameters(target)
        return Accepted(found or {}, found is not None and keywords is None)
    known: dict[str, inspect.Parameter] = {}
    taken, skipped, closed = frozenset(), 0, True
    for cls in (c for c in target.__mro__ if '__init__' in vars(c)):
        if cls in _END:
            break
        found, keywords = _parameters(cls.__init__, skipped + 1)
        own = {k: p for k, p in (found or {}).items() if k not in taken}
        known = own | known  # a child's own stands above its parents'
        if keywords in (None, REFUSED):
            return Accepted(known, closed and found is not None)
        use = _keyword_use(cls.__init__, keywords)
        closed = closed and use is not None and use.clear
        if use is None or not use.handed_on and not use.clear:
            return Accepted(known, False)
        known |= {name: _unknown_kind(name) for name in use.read - known.keys()}
        if not use.handed_on:
            break
        taken, skipped = taken | use.given, use.num_given
    return Accepted(known, closed)


def accepted_names(target: Callable) -> frozenset[str] | None:
    """Names of the keyword arguments of a callable.

    Returns:
        frozenset[str] | None: None where it cannot be told, or any is accepted.
    """
    found = accepted(target)
    return frozenset(found.parameters) if found.closed else None


def _unknown_kind(name: str) -> inspect.Parameter:
    """An argument that is looked for in ``**kwargs``."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=None, annotation=Any)


def called_with(cls: type, name: str) -> Iterator[Callable]:
    """What a class calls with the items of an argument: ``Part(**name)``.

    ``Part(**(name or {}))`` and ``Part(**self.name)`` count as well.

    Args:
        cls (type): The class; its parents' methods are read, too.
        name (str): Of the argument, a dict.
    """
    for one in cls.__mro__:
        module = vars(sys.modules.get(one.__module__, object))
        for call in _calls(one):
            spread = (k.value for k in call.keywords if k.arg is None)
            nodes = (node for value in spread for node in ast.walk(value))
            if any(_is_name(n, name) or _is_own(n, name) for n in nodes):
                found = module.get(getattr(call.func, 'id', None))
                if callable(found):
                    yield found


def _parameters(
    target: Callable, skip: int = 0
) -> tuple[dict[str, inspect.Parameter] | None, str | None]:
    """The parameters, without the first few, and the name of the ``**kwargs``."""
    try:
        parameters = list(inspect.signature(target).parameters.values())[skip:]
    except (TypeError, ValueError):  # of C code
        return None, None
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    keywords = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
    found = {
        p.name: p.replace(annotation=annotation_of(p, target))
        for p in parameters
        if p.kind in kinds
    }
    return found, keywords[0] if keywords else None


@cache
def _tree(target: Callable) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (OSError, SyntaxError, TypeError):
        return None


def _calls(target: Callable) -> list[ast.Call]:
    tree = _tree(target)
    nodes = () if tree is None else ast.walk(tree)
    return [node for node in nodes if isinstance(node, ast.Call)]


def _keyword_use(init: Callable, name: str) -> KeywordUse | None:
    tree = _tree(init)
    if tree is None:
        return None
    uses, read = 0, set()
    parent: ast.Call | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if _is_name(getattr(node.func, 'value', None), name):  # kwargs.pop('x')
                key = node.args[0] if node.args else None
            elif ast.unparse(node.func) == 'super().__init__':
                spread = [k for k in node.keywords if k.arg is None]
                if any(_is_name(k.value, name) for k in spread):
                    parent, uses = node, uses + 1
                continue
            else:
                continue
        elif isinstance(node, ast.Subscript) and _is_name(node.value, name):
            key = node.slice
        elif isinstance(node, ast.Compare) and _is_name(node.comparators[0], name):
            key = node.left
        else:
            continue
        if isinstance(key, ast.Constant):
            read.add(key.value)
            uses += 1
    mentions = sum(_is_name(node, name) for node in ast.walk(tree))
    args = [] if parent is None else parent.args
    return KeywordUse(
        read=frozenset(read),
        handed_on=parent is not None,
        num_given=sum(not isinstance(a, ast.Starred) for a in args),
        given=frozenset(k.arg for k in parent.keywords if k.arg)
        if parent
        else frozenset(),
        clear=mentions == uses,
    )


def _is_own(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == f'self.{name}'


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
