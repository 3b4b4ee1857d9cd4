"""Text of messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def join_lines(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lines of text by name, those of one name below each other."""
    joined: dict[str, str] = {}
    for name, line in pairs:
        joined[name] = f'{joined[name]}\n{line}' if name in joined else line
    return joined


def shorten(names: Sequence[str], most: int = 10) -> str:
    """The first few of many names, and how many more there are."""
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return ', '.join(names[:most]) + more


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like another one, if there is one."""
    return next(iter(get_close_matches(name, [*known], 1, cutoff)), None)
