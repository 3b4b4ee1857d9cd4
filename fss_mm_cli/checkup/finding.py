"""A line of the doctor's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..errors import describe_error

OK, ABSENT, NEEDED = 'ok', 'absent', 'NEEDED'


@dataclass(frozen=True)
class Finding:
    """Something that is there, or is not.

    Args:
        state (str): OK; ABSENT, where fss_mm does without it; or NEEDED.
        text (str): What it is, with what is wrong.
        remedy (str): The line that gets it. Defaults to '': there is nothing to do.
    """

    state: str
    text: str
    remedy: str = ''

    def __str__(self) -> str:
        remedy = f'\n           -> {self.remedy}' if self.remedy else ''
        return f'  {self.state:8} {self.text}{remedy}'


def guarded(check: Callable[[], Iterable[Finding]], needed: bool) -> Iterator[Finding]:
    """The findings of a check; an error in it is a finding as well.

    Args:
        check (Callable): Of a section.
        needed (bool): Whether fss_mm cannot run where the check cannot.
    """
    try:
        yield from check()
    except Exception as error:  # broken installations raise anything
        text = f'cannot be looked at: {first_line(error)}'
        yield (
            Finding(NEEDED, text, remedy_of(error)) if needed else Finding(ABSENT, text)
        )


def first_line(error: Exception) -> str:
    """What an error says, in a line."""
    return describe_error(error).partition('\n')[0]


def remedy_of(error: Exception) -> str:
    """The line that installs a module that was not found; else ''."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return f'pip install {name.partition(".")[0]}' if name else ''
