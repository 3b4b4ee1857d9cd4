"""Problems that a conversion finds, told together at its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Something that the user has to mend.

    Args:
        name (str): The file, with the annotation where it is one of many.
        reason (str): What is wrong with it.
        remedy (str): What to do about it.
    """

    name: str
    reason: str
    remedy: str


class Unusable(Exception):
    """Raised where a source cannot be converted; carries every problem found in it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def not_written(path: Path, error: OSError) -> Problem:
    """The problem of a file that could not be written."""
    reason = error.strerror or str(error)
    remedy = 'free space or make the folder writable, and run the command again'
    return Problem(str(path), f'cannot be written: {reason}', remedy)


def format_problems(problems: Iterable[Problem]) -> str:
    """All problems, those with the same reason and remedy together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        groups.setdefault((problem.reason, problem.remedy), []).append(problem.name)
    return '\n'.join(
        f'{reason}; {remedy}:\n' + '\n'.join(f'  {name}' for name in names)
        for (reason, remedy), names in groups.items()
    )
