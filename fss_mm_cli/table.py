"""Train and test the rows of a table on all folds, and write the table.

fss-mm table configs/simprop/table4_*.py --folds 0 1 2 3 --jobs 1
fss-mm table CONFIG ... --tests 1shot 5shot identical --work-dir out
fss-mm table CONFIG ... --weights out/row --tests 5shot --work-dir other

Each row and fold is trained once by `fss-mm train` and tested by `fss-mm test`, on
the same lists of episodes for all rows. With --weights nothing is trained: all rows are
tested with what another row has learned on that fold.

What is finished is not run again: the command can be repeated after an interruption,
and with more rows, folds or tests. What was trained or tested from another config is
refused, not mixed in. Logs, reports and checkpoints go to WORK_DIR/<row>/fold<f>, the
table to WORK_DIR/table.md.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from .errors import describe_error

TESTS = {
    '1shot': ['--shot', '1'],
    '5shot': ['--shot', '5'],
    '10shot': ['--shot', '10'],
    '1shot_tta': ['--shot', '1', '--tta'],
    'identical': ['--shot', '1', '--identical-inputs'],
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('configs', nargs='+', help='one for each row')
    parser.add_argument('--folds', type=int, nargs='+', default=[0, 1, 2, 3])
    parser.add_argument('--tests', nargs='+', choices=TESTS, default=['1shot'])
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--num-episodes', type=int, default=1000, help='of each seed')
    parser.add_argument('--jobs', type=int, default=1, help='runs at once')
    parser.add_argument(
        '--weights', type=Path, help="a trained row's folder, which has fold<f> in it"
    )
    parser.add_argument('--work-dir', help="default: work_dirs/<config's folder>_table")
    parser.add_argument('--show-episodes', type=int, default=10, help='pictures drawn')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='for all rows, as in fss-mm train',
    )
    parser.add_argument('--table', action='store_true', help='only print what is there')


def run(args: Namespace) -> None:
    """Run all rows and folds; print and write the table."""
    names = [Path(config).stem for config in args.configs]
    if len(set(names)) < len(names):
        raise ValueError(f'rows need distinct names, got {names}')
    from .table_runs import run_row
    from .table_text import format_tables

    folder = Path(args.configs[0]).resolve().parent.name
    args.work_dir = Path(args.work_dir or f'work_dirs/{folder}_table')
    failed, jobs = [], []
    if not args.table:
        with ThreadPoolExecutor(args.jobs) as pool:
            jobs = [
                pool.submit(run_row, args, config, fold)
                for fold, config in product(args.folds, args.configs)
            ]
        failed = [job.exception() for job in jobs if job.exception()]
    text = format_tables(args)
    print(text)
    if not args.table and len(failed) < len(jobs):
        (args.work_dir / 'table.md').write_text(text + '\n')
    if failed:
        raise ChildProcessError('\n'.join(dict.fromkeys(map(describe_error, failed))))
