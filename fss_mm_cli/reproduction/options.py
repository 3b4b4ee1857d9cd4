"""The options of `fss-mm reproduce` and `fss-mm table`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..options import ConfigOptions, at_least, positive
from .kinds import BUDGETS, CHECKPOINTS

# an assumption: 40 % of what an NVIDIA A100 does in single precision by its data sheet
TFLOPS = 0.4 * 19.5


def add_common_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that both commands have."""
    add_what_is_run(parser)
    add_where_it_runs(parser)


def add_what_is_run(parser: ArgumentParser) -> None:
    """Add the arguments that choose runs."""
    add = parser.add_argument
    add('--budget', choices=BUDGETS, default='full',
        help='full: as configs say; short: a tenth; smoke: does it work')  # fmt: skip
    add('--folds', type=int, nargs='+', help='default: all')
    add('--seeds', type=int, nargs='+', default=[0],
        help='of trainings; the table has their mean and spread')  # fmt: skip
    add('--checkpoint', choices=CHECKPOINTS,
        help='which one is tested; default: both, of smoke last')  # fmt: skip
    add('--protocol', metavar='NAME_OR_FILE', help='for all rows, as in fss-mm test')
    add('--pair-lists', metavar='FOLDER', help='as in fss-mm test')
    add('--num-episodes', type=at_least(1), help='of each list of the tests')
    add('--episode-seeds', type=int, nargs='+', help='lists of the tests')
    add('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE',
        help='for all rows, as in fss-mm train')  # fmt: skip


def add_where_it_runs(parser: ArgumentParser) -> None:
    """Add the arguments that say how."""
    add = parser.add_argument
    add('--work-dir', type=Path, help='folder of all results, and of the ledger')
    add('--dry-run', action='store_true',
        help='say what is done, what is to do and how long that takes')  # fmt: skip
    add('--tflops', type=positive, default=TFLOPS, metavar='NUMBER',
        help="what a dry run assumes of a GPU (default: %(default)s, 40 %% of an A100's"
        ' 19.5 in single precision)')  # fmt: skip
    add('--table', action='store_true', help='only write the table of what is done')
    add('--again', action='store_true',
        help='what other code, data or configs have made is removed, and made again'
    )  # fmt: skip
    add('--any-code', action='store_true', help='take what other code has made')
    add('--jobs', type=at_least(1), help='runs at once; default: 1, or one a GPU')
    add('--gpus', nargs='+', metavar='GPU', help='numbers of GPUs, one run on each')
    add('--slurm', nargs='*', metavar='KEY=VALUE',
        help='run by Slurm, with arguments of submitit such as slurm_partition=gpu '
        'timeout_min=1440')  # fmt: skip
    add('--show-episodes', type=at_least(0), default=10, help='pictures of each test')


def asked_lists(args: Namespace) -> dict[str, object]:
    """The lists of episodes that the command line asks for; {}: it says nothing."""
    lists = dict(num_episodes=args.num_episodes, episode_seeds=args.episode_seeds)
    return {name: value for name, value in lists.items() if value is not None}
