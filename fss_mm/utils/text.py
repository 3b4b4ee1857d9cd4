"""Text of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from .spelling import flag


def join_lines(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lines of text by name, those of one name below each other."""
    joined: dict[str, str] = {}
    for name, line in pairs:
        joined[name] = f'{joined[name]}\n{line}' if name in joined else line
    return joined


def group_lines(lines: Iterable[str], noun: str = 'files', most: int = 3) -> list[str]:
    """One line for each cause, however many files have it.

    A problem's line is ``subject: cause; remedy``. What differs from file to file, such
    as a size, stands in the subject: ``masks/a.png (4 x 8)``.

    Args:
        lines (Iterable[str]): A line for each subject.
        noun (str): What subjects are, in the plural. Defaults to 'files'.
        most (int): How many subjects to name. Defaults to 3.

    Returns:
        list[str]: A line that is alone in its cause as it is; for others
        ``12 files: cause; remedy: the first subjects and 9 more``.
    """
    causes: dict[str, list[str]] = {}
    for line in lines:
        subject, _, cause = line.partition(': ')
        causes.setdefault(cause, []).append(subject)
    return [
        f'{len(subjects):,} {noun}: {cause}: {shorten(subjects, most)}'
        if len(subjects) > 1
        else f'{subjects[0]}: {cause}'
        for cause, subjects in causes.items()
    ]


def counted(number: int, noun: str, plural: str = '') -> str:
    """A number with its noun: '1 class', '1,200 classes'.

    Args:
        number (int): How many.
        noun (str): In the singular.
        plural (str): Defaults to the noun with an 's'.
    """
    return f'{number:,} {noun if number == 1 else plural or noun + "s"}'


def shorten(names: Sequence[str], most: int = 10, sep: str = ', ') -> str:
    """The first few of many names, and how many more there are."""
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return sep.join(names[:most]) + more


def option(name: str, value: object) -> str:
    """An argument of a data set, and the same as an option of ``folder.py``.

    Args:
        name (str): Of the argument.
        value (object): Text or a number, a list of them, or a mapping.
    """
    if isinstance(value, Mapping):
        words = [f'{key}={item}' for key, item in value.items()]
    else:
        words = [value] if isinstance(value, (str, int)) else list(value)
    given = tuple(value) if isinstance(value, list) else value
    return f'{flag(name, words)} (in a config {name}={given!r})'


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like another one, if there is one."""
    return next(iter(get_close_matches(name, [*known], 1, cutoff)), None)
