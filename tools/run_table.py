"""Train and test the rows of a table on all folds, and write the table.

python tools/run_table.py configs/simprop/table4_*.py --folds 0 1 2 3 --jobs 1
python tools/run_table.py CONFIG ... --tests 1shot 5shot identical --work-dir out
python tools/run_table.py CONFIG ... --weights out/row --tests 5shot --work-dir other

Each row and fold is trained once by tools/train.py and tested by tools/test.py, on the
same lists of episodes for all rows. With --weights nothing is trained: all rows are
tested with what another row has learned on that fold.

What is finished is not run again: the command can be repeated after an interruption,
and with more rows, folds or tests. What was trained or tested from another config is
refused, not mixed in. Logs, reports and checkpoints go to WORK_DIR/<row>/fold<f>, the
table to WORK_DIR/table.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np

from fss_mm.engine.work_folder import best_checkpoint, last_checkpoint
from fss_mm.utils.command import describe_error, run_command, tool_parser
from fss_mm.utils.config_options import read_config

TOOLS = Path(__file__).parent
TESTS = {
    '1shot': ['--shot', '1'],
    '5shot': ['--shot', '5'],
    '10shot': ['--shot', '10'],
    '1shot_tta': ['--shot', '1', '--tta'],
    'identical': ['--shot', '1', '--identical-inputs'],
}


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
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
        help='for all rows, as in tools/train.py',
    )
    parser.add_argument('--table', action='store_true', help='only print what is there')
    args = parser.parse_args()
    folder = Path(args.configs[0]).resolve().parent.name
    args.work_dir = Path(args.work_dir or f'work_dirs/{folder}_table')
    names = [row_name(config) for config in args.configs]
    if len(set(names)) < len(names):
        parser.error(f'rows need distinct names, got {names}')
    return args


def row_name(config: str) -> str:
    """Name of a row: that of its config."""
    return Path(config).stem


def run(args: Namespace, config: str, fold: int) -> None:
    """Train one row on one fold, where that is not done, and test it.

    Raises:
        ChildProcessError: If a run fails; its log is named.
        ValueError: If what lies in the folder is of another config.
    """
    folder = args.work_dir / row_name(config) / f'fold{fold}'
    common = [config, '--fold', str(fold), '--work-dir', str(folder)]
    checkpoint, failed = trained_weights(args, folder, common), []
    for test in args.tests:
        report = folder / f'{test}.json'
        if report.is_file() and _is_of(json.loads(report.read_text()), args):
            continue
        show = ['--show-dir', str(folder / test)]
        show += ['--show-episodes', str(args.show_episodes)]
        lists = ['--seeds', *map(str, args.seeds)]
        lists += ['--num-episodes', str(args.num_episodes), '--report', str(report)]
        command = [*common[:1], *checkpoint, *common[1:], *TESTS[test], *lists, *show]
        try:
            _call(args, folder / f'{test}.log', 'test.py', *command)
        except ChildProcessError as error:  # the other tests may work
            failed.append(str(error))
    if failed:
        raise ChildProcessError('\n'.join(failed))
    print(f'{row_name(config)}, fold {fold}: done', flush=True)


def trained_weights(args: Namespace, folder: Path, common: list[str]) -> list[str]:
    """The checkpoint of a row and fold, trained where it is not there.

    Returns:
        list[str]: One path, or none for a method without training.
    """
    if args.weights is not None:
        _require_trained(args.weights / folder.name)
    if not _is_of_config(args, folder, common[0]):
        raise ValueError(
            f'{folder} holds results of another config, of other --cfg-options or '
            '--weights; give another --work-dir, or remove the folder'
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'config.sha256').write_text(_config_sha256(args, folder, common[0]))
    if args.weights is not None:
        return [str(best_checkpoint(args.weights / folder.name))]
    if read_config(common[0]).get('train_cfg') is None:
        return []
    done = folder / 'training.json'
    if not done.is_file():
        start = time.time()
        resume = [] if last_checkpoint(folder) is None else ['--resume']
        _call(args, folder / 'train.log', 'train.py', *common, *resume)
        minutes = (time.time() - start) / 60
        done.write_text(json.dumps(dict(minutes=minutes, resumed=bool(resume))))
    return [str(best_checkpoint(folder))]


def _require_trained(folder: Path) -> None:
    if not (folder / 'training.json').is_file():
        raise ValueError(
            f'--weights: {folder} holds no finished training of run_table.py; '
            'run that row first'
        )


def _config_sha256(args: Namespace, folder: Path, config: str) -> str:
    text = read_config(config).pretty_text + ' '.join(args.cfg_options)
    if args.weights is not None:
        path = best_checkpoint(args.weights / folder.name)
        text += f' weights {path.resolve()} {path.stat().st_mtime_ns}'
    return hashlib.sha256(text.encode()).hexdigest()


def _is_of_config(args: Namespace, folder: Path, config: str) -> bool:
    """Whether what lies in a folder, if anything, came of this config."""
    reports = [folder / f'{test}.json' for test in TESTS]
    if not list(folder.glob('*.pth')) and not any(map(Path.is_file, reports)):
        return True
    known = folder / 'config.sha256'
    return known.is_file() and known.read_text() == _config_sha256(args, folder, config)


def _call(args: Namespace, log: Path, tool: str, *arguments: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = max(1, (os.cpu_count() or 1) // args.jobs)
    environment = dict(OMP_NUM_THREADS=str(threads)) | os.environ
    command = [sys.executable, str(TOOLS / tool), *arguments]
    if args.cfg_options:
        command += ['--cfg-options', *args.cfg_options]
    with log.open('a') as file:
        file.write(f'{" ".join(command)}\n')
        file.flush()
        code = subprocess.call(command, stdout=file, stderr=file, env=environment)
    if code:
        last = log.read_text().strip().splitlines()[-1]
        raise ChildProcessError(f'{tool} failed: {last} (log: {log})')


def _is_of(report: dict, args: Namespace) -> bool:
    """Whether a report is of the lists of episodes that are asked for."""
    given = report['seeds'], report['num_episodes']
    return given == (sorted(args.seeds), args.num_episodes)


def read_table(args: Namespace) -> dict[str, dict[str, dict[int, dict]]]:
    """Reports by test, row and fold, of what is finished.

    Raises:
        ValueError: If two rows were tested on different episodes.
    """
    table, hashes = {}, {}
    for test, config, fold in product(args.tests, args.configs, args.folds):
        folder = args.work_dir / row_name(config) / f'fold{fold}'
        path = folder / f'{test}.json'
        if not path.is_file() or not _is_of_config(args, folder, config):
            continue
        report = json.loads(path.read_text())
        if not _is_of(report, args):
            continue
        sha = hashes.setdefault((test, fold), report['episodes_sha256'])
        if sha != report['episodes_sha256']:
            raise ValueError(f'{path}: of other episodes than the rows above it')
        table.setdefault(test, {}).setdefault(row_name(config), {})[fold] = report
    return table


def format_tables(args: Namespace) -> str:
    """Markdown: one table for each test, mIoU ± standard deviation over the seeds."""
    lines = []
    for test, rows in read_table(args).items():
        columns = ['', *(f'fold {fold}' for fold in args.folds), 'mean']
        lines += [f'\n{test}\n', f'| {" | ".join(columns)} |']
        lines.append('|---' * len(columns) + '|')
        for row, reports in rows.items():
            cells = [_cell(reports.get(fold)) for fold in args.folds]
            means = [reports[f]['mean']['mIoU'] for f in args.folds if f in reports]
            whole = len(means) == len(args.folds)
            cells.append(f'{np.mean(means):.1f}' if whole else '')
            lines.append(f'| {" | ".join([row, *cells])} |')
    conditions = f'{args.num_episodes} episodes of each of the seeds {args.seeds}'
    return '\n'.join([*lines, f'\nmIoU ± standard deviation over seeds; {conditions}'])


def _cell(report: dict | None) -> str:
    if report is None:
        return ''
    mean = report['mean']
    spread = f' ± {mean["mIoU_std"]:.1f}' if 'mIoU_std' in mean else ''
    untrained = ' (untrained)' if report['provenance'].get('untrained') else ''
    return f'{mean["mIoU"]:.1f}{spread}{untrained}'


def main() -> None:
    """Run all rows and folds; print and write the table."""
    args = parse_args()
    failed, jobs = [], []
    if not args.table:
        with ThreadPoolExecutor(args.jobs) as pool:
            jobs = [
                pool.submit(run, args, config, fold)
                for fold, config in product(args.folds, args.configs)
            ]
        failed = [job.exception() for job in jobs if job.exception()]
    text = format_tables(args)
    print(text)
    if not args.table and len(failed) < len(jobs):
        (args.work_dir / 'table.md').write_text(text + '\n')
    if failed:
        raise ChildProcessError('\n'.join(dict.fromkeys(map(describe_error, failed))))


if __name__ == '__main__':
    run_command(main)
