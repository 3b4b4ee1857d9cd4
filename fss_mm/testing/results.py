"""What a check is, what it finds, and how it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .case import HeadCase

PASSED, FAILED, SKIPPED, EXPECTED = 'passed', 'failed', 'skipped', 'expected to fail'


class CheckFailedError(AssertionError):
    """What a check found to be wrong, in one line."""


class CheckSkippedError(Exception):
    """Why a check does not apply to a head."""


class HeadCheckError(AssertionError):
    """All that is wrong with a head: a line for each check that failed."""


def require(fine: bool, wrong: str) -> None:
    """Fail the check.

    Args:
        fine (bool): What has to hold.
        wrong (str): What is wrong where it does not, in one line.

    Raises:
        CheckFailedError: If it does not.
    """
    if not fine:
        raise CheckFailedError(wrong)


def skip_unless(applies: bool, reason: str) -> None:
    """Leave the check out.

    Args:
        applies (bool): Whether the check can be made of the head.
        reason (str): Why not.

    Raises:
        CheckSkippedError: If not.
    """
    if not applies:
        raise CheckSkippedError(reason)


@dataclass(frozen=True)
class HeadCheck:
    """A property that any head should have.

    Args:
        name (str): Of the property, such as 'order_of_shots'.
        why (str): What goes wrong with a head that lacks it.
        run (Callable): Raises :class:`CheckFailedError` or :class:`CheckSkippedError`.
    """

    name: str
    why: str
    run: Callable[[HeadCase], None]


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Args:
        name (str): Of the check.
        status (str): 'passed', 'failed', 'skipped' or 'expected to fail'.
        what (str): What is wrong, or why the check was left out; empty if it passed.
        why (str): Why it matters.
        error (Exception, optional): What the head raised, if that is what is wrong.
    """

    name: str
    status: str
    what: str = ''
    why: str = ''
    error: Exception | None = None

    def __str__(self) -> str:
        if self.status == PASSED:
            return f'{self.name}: passed'
        if self.status == FAILED:
            return f'{self.name}: FAILED: {self.what}. Why it matters: {self.why}.'
        return f'{self.name}: {self.status}: {self.what}'


_CHECKS: dict[str, HeadCheck] = {}


def head_check(why: str) -> Callable[[Callable], Callable]:
    """Register a function ``check_<name>(case)`` as a check.

    Args:
        why (str): Why it matters, as the end of a sentence.
    """

    def register(function: Callable[[HeadCase], None]) -> Callable:
        name = function.__name__.removeprefix('check_')
        _CHECKS[name] = HeadCheck(name, why, function)
        return function

    return register


def all_checks() -> Iterator[HeadCheck]:
    """All checks, in the order in which they are made."""
    from . import checks  # noqa: F401  registers them

    yield from _CHECKS.values()
