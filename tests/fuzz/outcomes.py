"""What an input may end in: a clear message, or a correct result.

Anything else is a :class:`Failure`: an error that tools do not tell in one line, a
message that names nothing of the input, or a result that is not the truth.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

MESSAGE, RESULT, FAILED = 'message', 'result', 'FAILED'
# what a tool tells in one line; the second are those of them that are none
_TOLD = (ValueError, OSError, RuntimeError, ImportError)
_NEVER = (RecursionError, NotImplementedError)
_LONGEST = 3000
# what Python says of its own objects, which nobody who has files knows
_PYTHON = (
    'object is not',
    'object has no',
    'NoneType',
    'unhashable',
    'indices must be',
    'positional argument',
    'invalid literal',
    'codec can',
    'not supported between',
    "attribute '",
    'not enough values',
    'too many values',
    '<class ',
    'could not be broadcast',
    'truth value',
)


class Failure(Exception):
    """An input that ended in neither; says in what instead."""


class Outcome(NamedTuple):
    """What an input ended in.

    Args:
        what (str): ``MESSAGE``, ``RESULT`` or ``FAILED``.
        text (str): The message, or why it failed.
    """

    what: str
    text: str = ''


def outcome_of(call: Callable[[], str | None], words: Sequence[str]) -> Outcome:
    """Run an input to its end.

    Args:
        call (Callable): Does it: returns None where the result is correct, or the
            message that ended it, and raises ``Failure`` where it is wrong.
        words (Sequence[str]): Of which a message has to name one.
    """
    try:
        text = call()
        if text is None:
            return Outcome(RESULT)
        require_clear(text, words)
        return Outcome(MESSAGE, text)
    except Failure as error:
        return Outcome(FAILED, str(error))
    except _TOLD as error:
        return _told(error, words)
    except Exception as error:
        return Outcome(FAILED, f'{_where(error)}: {error}')


def require_clear(text: str, words: Sequence[str]) -> None:
    """Check that a message says what is wrong with which part of the input.

    It is one line, or a headline with an indented line for each problem.

    Raises:
        Failure: Naming what it lacks.
    """
    first, *others = text.split('\n')
    if not first.strip():
        raise Failure('an empty message')
    if len(text) > _LONGEST or 'Traceback' in text:
        raise Failure(f'a message of {len(text)} characters: {first[:200]}')
    told = [word for word in _PYTHON if word in text]
    if told:
        raise Failure(f'a message about objects of Python ({told}): {text[:400]}')
    if others and not all(line.startswith('  ') for line in others[:-1]):
        raise Failure(f'a message of {1 + len(others)} lines: {text[:400]}')
    if not any(word in text for word in words):
        raise Failure(f'a message that names none of {list(words)[:6]}: {text[:400]}')


def _told(error: Exception, words: Sequence[str]) -> Outcome:
    """The outcome of an error that tools tell in one line, if it is one."""
    if isinstance(error, _NEVER):
        return Outcome(FAILED, f'{_where(error)}: {error}')
    try:
        require_clear(str(error), words)
    except Failure as failure:
        return Outcome(FAILED, f'{_where(error)}: {failure}')
    return Outcome(MESSAGE, str(error))


def _where(error: Exception) -> str:
    """Kind of an error, and the last lines of code that it passed."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = ' > '.join(f'{f.filename.rsplit("/", 1)[-1]}:{f.lineno}' for f in frames)
    return f'{type(error).__name__} at {places}'
