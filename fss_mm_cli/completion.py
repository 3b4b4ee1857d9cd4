"""Print a script that completes commands and options in a shell.

fss-mm completion bash >> ~/.bashrc
fss-mm completion zsh > ~/.zfunc/_fss-mm    # a folder of $fpath, before compinit
fss-mm completion fish > ~/.config/fish/completions/fss-mm.fish
"""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('shell', choices=('bash', 'zsh', 'fish'))


def run(args: Namespace) -> None:
    """Print the script.

    Raises:
        ImportError: If shtab is not installed, with the pip line that mends it.
    """
    print(script(args.shell))


def script(shell: str) -> str:
    """The completion of every command, for a shell."""
    try:
        import shtab
    except ImportError as error:
        raise ImportError('shtab is not installed; pip install shtab') from error
    from .main import COMMANDS, command_parser

    parser = command_parser(COMMANDS)
    for action in _actions(parser):
        if _takes_a_file(action):
            action.complete = shtab.FILE
    return shtab.complete(parser, shell)


def _actions(parser: ArgumentParser) -> Iterator[Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)


def _takes_a_file(action: Action) -> bool:
    """Whether a word behind it may be one: where nothing says what it is."""
    return action.nargs != 0 and action.choices is None and action.type in (None, Path)
