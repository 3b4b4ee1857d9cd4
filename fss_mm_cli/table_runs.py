"""The runs of a table: what is not there yet is trained and tested."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

from fss_mm.engine.work_folder import best_checkpoint, last_checkpoint
from fss_mm.utils.config_options import read_config

from .table import TESTS


def row_name(config: str) -> str:
    """Name of a row: that of its config."""
    return Path(config).stem


def run_row(args: Namespace, config: str, fold: int) -> None:
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
        if report.is_file() and is_of_lists(json.loads(report.read_text()), args):
            continue
        show = ['--show-dir', str(folder / test)]
        show += ['--show-episodes', str(args.show_episodes)]
        lists = ['--seeds', *map(str, args.seeds)]
        lists += ['--num-episodes', str(args.num_episodes), '--report', str(report)]
        command = [*common[:1], *checkpoint, *common[1:], *TESTS[test], *lists, *show]
        try:
            _call(args, folder / f'{test}.log', 'test', *command)
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
    if not is_of_config(args, folder, common[0]):
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
        _call(args, folder / 'train.log', 'train', *common, *resume)
        minutes = (time.time() - start) / 60
        done.write_text(json.dumps(dict(minutes=minutes, resumed=bool(resume))))
    return [str(best_checkpoint(folder))]


def _require_trained(folder: Path) -> None:
    if not (folder / 'training.json').is_file():
        raise ValueError(
            f'--weights: {folder} holds no finished training of a table; '
            'run that row first'
        )


def _config_sha256(args: Namespace, folder: Path, config: str) -> str:
    text = read_config(config).pretty_text + ' '.join(args.cfg_options)
    if args.weights is not None:
        path = best_checkpoint(args.weights / folder.name)
        text += f' weights {path.resolve()} {path.stat().st_mtime_ns}'
    return hashlib.sha256(text.encode()).hexdigest()


def is_of_config(args: Namespace, folder: Path, config: str) -> bool:
    """Whether what lies in a folder, if anything, came of this config."""
    reports = [folder / f'{test}.json' for test in TESTS]
    if not list(folder.glob('*.pth')) and not any(map(Path.is_file, reports)):
        return True
    known = folder / 'config.sha256'
    return known.is_file() and known.read_text() == _config_sha256(args, folder, config)


def _call(args: Namespace, log: Path, name: str, *arguments: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = max(1, (os.cpu_count() or 1) // args.jobs)
    environment = dict(OMP_NUM_THREADS=str(threads)) | os.environ
    command = [sys.executable, '-m', __package__, name, *arguments]
    if args.cfg_options:
        command += ['--cfg-options', *args.cfg_options]
    with log.open('a') as file:
        file.write(f'{" ".join(command)}\n')
        file.flush()
        code = subprocess.call(command, stdout=file, stderr=file, env=environment)
    if code:
        last = log.read_text().strip().splitlines()[-1]
        raise ChildProcessError(f'{name} failed: {last} (log: {log})')


def is_of_lists(report: dict, args: Namespace) -> bool:
    """Whether a report is of the lists of episodes that are asked for."""
    given = report['seeds'], report['num_episodes']
    return given == (sorted(args.seeds), args.num_episodes)
