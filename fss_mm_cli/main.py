"""Few-shot segmentation on MMSegmentation, from the shell.

fss-mm doctor
fss-mm train shapes/simprop_fold0
fss-mm test shapes/simprop_fold0 work_dirs/shapes_simprop_fold0 --shot 5
fss-mm COMMAND --help
"""

from __future__ import annotations

import sys
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Collection
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from .errors import GO_ON, run_command
from .library import read_alone
from .parser import add_command, tool_parser

# A line for each command. Its module has a docstring (what --help shows, with
# examples), add_arguments(parser), run(args) -> exit code or None, and perhaps GO_ON:
# what to do behind an interruption.
COMMANDS = {
    'train': 'train a segmentor',
    'test': 'test it on classes that it was never trained on',
    'segment': 'show it a class on some photographs, and segment others',
    'web': 'open a page to do the same in a browser',
    'reproduce': 'make a table of a paper again',
    'table': 'train and test rows of your own on all folds',
    'convert': 'make the data of a data set, or check your own',
    'browse': 'draw the episodes that a run would see',
    'report': 'write reports as a page, with every episode',
    'plot': 'draw losses and validation of trainings, side by side',
    'compare': 'say whether two reports differ, and by how much',
    'analyze': 'measure what stands behind the scores, as papers do',
    'benchmark': 'measure tests, training steps or single queries',
    'check-head': 'put a head through the checks that any head should pass',
    'export': 'write a trained model as ONNX',
    'publish': 'write a trained model as a folder that others can use',
    'doctor': 'say what is installed, what is missing and how to get it',
    'completion': 'print the completion of a shell',
}


def main(*words: str) -> NoReturn:
    """Run the command that the command line names, and exit with its status.

    Args:
        *words (str): Words in front of those of the command line.
    """
    arguments = [*words, *sys.argv[1:]]
    named = [word for word in arguments[:1] if word in COMMANDS]
    parser = command_parser(named)
    go_on = getattr(load(named[0]), 'GO_ON', GO_ON) if named else GO_ON
    run_command(lambda: _run(parser.parse_args(arguments)), go_on)


def _run(args: Namespace) -> int | None:
    return load(args.command).run(args)


def load(command: str) -> ModuleType:
    """The module of a command."""
    return import_module(f'{__package__}.{command.replace("-", "_")}')


def command_parser(complete: Collection[str]) -> ArgumentParser:
    """The parser of ``fss-mm``.

    Args:
        complete (Collection[str]): Commands whose arguments it knows; the modules of
            the others are not imported.
    """
    parser = tool_parser(__doc__, 'fss-mm')
    parser.add_argument('--version', action=_Version, nargs=0, help='print the version')
    commands = parser.add_subparsers(
        dest='command', metavar='COMMAND', required=True, title='commands'
    )
    for name, summary in COMMANDS.items():
        if name in complete:
            add_command(commands, name, summary, load(name))
        else:
            commands.add_parser(name, help=summary)
    return parser


class _Version(Action):
    """Prints the version, without an import of fss_mm."""

    def __call__(self, parser, namespace, values, option_string=None) -> NoReturn:
        print(f'fss_mm {read_alone("version.py").__version__}')
        parser.exit()
