"""A command line whose mistakes are told in a line, with what was meant."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NoReturn

from .distributed import is_first_to_say
from .text import nearest

_TAKE_WHAT_FOLLOWS = ('+', '*', '?')
_USAGE_ERROR = 2


class ToolParser(ArgumentParser):
    """An ``ArgumentParser`` that says what is wrong in one line, without the usage.

    An option that is not known comes with the nearest one. An option of several words
    takes the tool's own arguments, too, where they stand behind it: then the line says
    so.

    Args:
        *args: As in ``ArgumentParser``.
        **kwargs: Likewise.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._given: list[str] = []

    def parse_args(
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> Namespace:
        """As in ``ArgumentParser``; exits with 2 after the line of a mistake."""
        self._given = list(sys.argv[1:] if args is None else args)
        found, unknown = self.parse_known_args(self._given, namespace)
        if unknown:
            self.error(self._said_of(unknown))
        return found

    def error(self, message: str) -> NoReturn:
        """Say what was wrong, once however many processes there are, and exit."""
        if is_first_to_say():
            text = f'{message}{self._taken_by_an_option(message)}'
            print(f'error: {text}; --help lists all', file=sys.stderr)
        self.exit(_USAGE_ERROR)

    def _said_of(self, unknown: Sequence[str]) -> str:
        options = [word.partition('=')[0] for word in unknown if word.startswith('-')]
        if not options:
            words = ' '.join(map(repr, unknown))
            return f'{words}: more arguments than expected ({self._arguments()})'
        near = nearest(options[0], self._option_string_actions)
        hint = f'; did you mean {near}?' if near else ''
        return f'unknown option {options[0]}{hint}'

    def _taken_by_an_option(self, message: str) -> str:
        """Which option took a word that is no word of its own."""
        missing = 'required' in message and any(
            name in message for name in self._arguments().split()
        )
        for option, words in self._greedy().items():
            paths = [word for word in words if os.path.exists(word)]
            taken = paths[:1] or (words[-1:] if missing else [])
            if taken and (missing or option in message):
                return (
                    f'; {option} took {taken[0]!r}, too: put {self._arguments()} '
                    'in front of the options'
                )
        return ''

    def _greedy(self) -> dict[str, list[str]]:
        """The options given that take several words, with those behind them."""
        taken: dict[str, list[str]] = {}
        words: list[str] = []
        for word in self._given:
            if word.startswith('-'):
                action = self._option_string_actions.get(word)
                words = []
                if action is not None and action.nargs in _TAKE_WHAT_FOLLOWS:
                    taken[word] = words
            else:
                words.append(word)
        return taken

    def _arguments(self) -> str:
        """The tool's own arguments, as its usage names them."""
        actions = self._get_positional_actions()
        return ' '.join(action.metavar or action.dest for action in actions)
