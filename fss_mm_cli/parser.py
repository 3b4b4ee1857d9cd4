"""Parsers whose errors are one line, with the nearest known word."""

from __future__ import annotations

import os
import sys
from argparse import (
    Action,
    ArgumentError,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence
from difflib import get_close_matches
from types import ModuleType
from typing import NoReturn

from .processes import is_first_to_say

ERROR = 2
_TAKE_WHAT_FOLLOWS = ('+', '*', '?')
# of every parser: a docstring is shown as it is written
_STYLE = dict(formatter_class=RawDescriptionHelpFormatter)


class CommandParser(ArgumentParser):
    """An ``ArgumentParser`` that says what is wrong in one line, without the usage.

    A word that is not known comes with the nearest one. An option of several words
    takes the command's own arguments, too, where they stand behind it: then the line
    says so.

    Args:
        *args: As in ``ArgumentParser``.
        **kwargs: Likewise.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._given: list[str] = []

    def parse_known_args(
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Read all words; exits with 2 behind the line of a mistake.

        A word that is left over is one: a command in a command knows its own words.
        """
        self._given = list(sys.argv[1:] if args is None else args)
        found, unknown = super().parse_known_args(self._given, namespace)
        if unknown:
            self.error(self._said_of(unknown))
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Say what was wrong, once however many processes there are, and exit."""
        if is_first_to_say():
            text = f'{message}{self._taken_by_an_option(message)}'
            print(f'error: {text}; see {self.prog} --help', file=sys.stderr)
        self.exit(ERROR)

    def _check_value(self, action: Action, value: object) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        near = get_close_matches(str(value), known, 1)
        hint = f'; did you mean {near[0]!r}?' if near else ''
        text = f'invalid choice: {str(value)!r}, expected {", ".join(known)}{hint}'
        raise ArgumentError(action, text)

    def _said_of(self, unknown: Sequence[str]) -> str:
        options = [word.partition('=')[0] for word in unknown if word.startswith('-')]
        if not options:
            words = ' '.join(map(repr, unknown))
            return f'{words}: more arguments than expected ({self._arguments()})'
        near = get_close_matches(options[0], list(self._option_string_actions), 1)
        hint = f'; did you mean {near[0]}?' if near else ''
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
        """The command's own arguments, as its usage names them."""
        actions = self._get_positional_actions()
        return ' '.join(action.metavar or action.dest for action in actions)


def tool_parser(text: str | None, prog: str | None = None) -> CommandParser:
    """A command's parser, with ``--debug``, which ``run_command`` looks for.

    Args:
        text (str, optional): The module's docstring; ``--help`` shows it.
        prog (str, optional): Name of the program. Defaults to None: that of the file.
    """
    parser = CommandParser(prog, description=text, **_STYLE)
    _add_debug(parser)
    return parser


def add_command(commands: Action, name: str, summary: str, module: ModuleType) -> None:
    """Add a module's parser.

    Args:
        commands (Action): What ``add_subparsers`` gave.
        name (str): Of the command.
        summary (str): The line that a list of commands shows.
        module (ModuleType): Of the command.
    """
    parser = commands.add_parser(
        name, help=summary, description=module.__doc__, **_STYLE
    )
    _add_debug(parser)
    module.add_arguments(parser)


def _add_debug(parser: ArgumentParser) -> None:
    """Add ``--debug``."""
    parser.add_argument(
        '--debug', action='store_true', help='show the traceback of an error'
    )
