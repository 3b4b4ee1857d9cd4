"""Train and test configs of your own on all folds: the rows of a table.

fss-mm table configs/simprop/table4_*.py --folds 0 1 2 3 --jobs 2
fss-mm table CONFIG ... --tests 1shot 5shot identical --seeds 0 1 --work-dir out
fss-mm table CONFIG ... --weights OTHER_CONFIG --tests 5shot --work-dir out

As `fss-mm reproduce`, with rows that the command line names: each is trained on each
fold and seed, and tested on the same lists of episodes. With --weights all rows are
tested with what another config has learned on that fold; that one is trained where it
is not yet.

What is finished is not run again: the command can be repeated, also with more rows,
folds or tests. The first row is what the others are compared with.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .reproduction.kinds import TESTS
from .reproduction.options import add_common_arguments

GO_ON = 'the same command goes on where it was stopped'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('configs', nargs='+', help='one for each row')
    parser.add_argument('--tests', nargs='+', choices=TESTS, default=['1shot'])
    parser.add_argument('--weights', metavar='CONFIG', help='whose training is tested')
    add_common_arguments(parser)


def run(args: Namespace) -> int:
    """Plan and run; returns the exit status."""
    from .reproduction.command import run_table
    from .reproduction.tables import own_table

    table = own_table(args.configs, args.tests, args.weights)
    folder = Path(args.configs[0]).resolve().parent.name
    work_dir = args.work_dir or Path(f'work_dirs/{folder}_table')
    return run_table(table, '', work_dir, args)
