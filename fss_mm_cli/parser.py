"""Parsers whose errors are one line, with the nearest known word."""

from __future__ import annotations

from argparse import (
    Action,
    ArgumentError,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import ModuleType
from typing import NoReturn

ERROR = 2
# of every parser: a docstring is shown as it is written
_STYLE = dict(formatter_class=RawDescriptionHelpFormatter)


class CommandParser(ArgumentParser):
    """argparse's, but for what it says of a mistake; exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say in a line what is wrong, without the usage."""
        self.exit(ERROR, f'error: {message}; see {self.prog} --help\n')

    def parse_known_args(
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Read all words: one that is left over is a mistake in this parser's words."""
        namespace, rest = super().parse_known_args(args, namespace)
        if rest:
            known = [word for action in self._actions for word in action.option_strings]
            near = did_you_mean(rest[0].partition('=')[0], known)
            self.error(f'unknown argument {" ".join(rest)!r}{near}')
        return namespace, rest

    def _check_value(self, action: Action, value: object) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        near = did_you_mean(str(value), known)
        raise ArgumentError(
            action, f'invalid choice {str(value)!r}, expected {", ".join(known)}{near}'
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question behind a message: the known word that is nearest, if one is near."""
    near = get_close_matches(word, list(known), 1)
    return f'; did you mean {near[0]!r}?' if near else ''


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
