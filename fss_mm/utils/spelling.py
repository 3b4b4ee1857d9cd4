"""How messages name what a user can give: as Python's arguments, or as options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

_in_shell = False  # of the process: messages are also made in threads


def in_shell() -> bool:
    """Whether :func:`argument` names options of the shell."""
    return _in_shell


@contextmanager
def spelled_as_options(in_shell: bool = True) -> Iterator[None]:
    """Let :func:`argument` name options of the shell meanwhile.

    Args:
        in_shell (bool): False lets it name Python's arguments. Defaults to True.
    """
    global _in_shell
    before, _in_shell = _in_shell, in_shell
    try:
        yield
    finally:
        _in_shell = before


def argument(name: str, *value: object) -> str:
    """An argument, perhaps with a value, as whoever reads it would give it.

    Args:
        name (str): Of the argument; the option has the same with hyphens.
        *value (object): None or one: text, a number, a sequence of them, or True.

    Examples:
        >>> argument('img_range', (0, 65535))
        'img_range=(0, 65535)'
        >>> with spelled_as_options():
        ...     argument('img_range', (0, 65535))
        '--img-range 0 65535'
    """
    if _in_shell:
        return flag(name, *value)
    return f'{name}={value[0]!r}' if value else name


def flag(name: str, *value: object) -> str:
    """The same as an option of the shell, whoever reads it."""
    words = [f'--{name.replace("_", "-")}']
    if value and value[0] is not True:
        several = isinstance(value[0], (list, tuple))
        words += [str(word) for word in (value[0] if several else value)]
    return shlex.join(words)
