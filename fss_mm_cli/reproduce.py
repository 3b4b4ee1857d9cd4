"""Make a table of a paper again: train and test its rows, and set them beside it.

fss-mm reproduce simprop/table4 --dry-run
fss-mm reproduce simprop/table4 --gpus 0 1 2 3 --seeds 0 1
fss-mm reproduce crnet/table2 --data voc8
fss-mm reproduce simprop/table4 --data shapes --budget smoke --jobs 2
fss-mm reproduce simprop/table3 --slurm slurm_partition=gpu timeout_min=2880

What is finished is not run again, what was stopped goes on: the same command can be
repeated. What was made by other code, configs or data is refused. docs/reproduce.md has
the tables, and what each takes.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .reproduction.kinds import DATA
from .reproduction.options import add_common_arguments

GO_ON = 'the same command goes on where it was stopped'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        'name', metavar='TABLE', help='simprop/table3 to 5, crnet/table2 to 7, methods'
    )
    parser.add_argument(
        '--data', choices=DATA, help="whose configs are used; default: the table's own"
    )
    add_common_arguments(parser)


def run(args: Namespace) -> int:
    """Plan and run; returns the exit status."""
    from .reproduction.command import run_table
    from .reproduction.tables import named_table, on_data

    table = named_table(args.name)
    data = args.data or table.data
    work_dir = args.work_dir or Path('work_dirs/reproduce') / data
    return run_table(on_data(table, data), data, work_dir, args)
