"""Text of messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def join_lines(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lines of text by name, those of one name below each other."""
    joined: dict[str, str] = {}
    for name, line in pairs:
        joined[name] = f'{joined[name]}\n{line}' if name in joined else line
    return joined


def shorten(names: Sequence[str], most: int = 10, sep: str = ', ') -> str:
    """The first few of many names, and how many more there are."""
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return sep.join(names[:most]) + more
