"""VOC-8 in one command: training-free baseline and SimPropNet on the same episodes.

PYTHONPATH=$FSS_MM_REAL_DATA python tests/real/run_voc8.py --folds 0 1 2 3

Writes reports, checkpoints and pictures to the work folder, a fold a folder, and prints
a table. Finished folds are read back and not run again; --table only prints.
"""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fss_mm.apis import evaluate, train
from fss_mm.utils.config_options import load_config

HERE = Path(__file__).parent
METHODS = ('prototype', 'simprop')


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--folds', type=int, nargs='+', default=[0, 1, 2, 3])
    parser.add_argument('--work-dir', default='work_dirs/voc8')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--num-episodes', type=int, default=200, help='of each seed')
    parser.add_argument('--threads', type=int, help="torch's threads")
    parser.add_argument('--table', action='store_true', help='only print what is there')
    return parser.parse_args()


def run_fold(args: Namespace, fold: int) -> None:
    """Train and test on one fold; write ``<method>.json`` into its folder."""
    folder = Path(args.work_dir) / f'fold{fold}'
    for method in METHODS:
        report = folder / f'{method}.json'
        if report.is_file() and _is_of(json.loads(report.read_text()), args):
            continue
        config = str(HERE / f'voc8_{method}.py')
        chosen = Namespace(
            config=config, fold=fold, shot=None, work_dir=str(folder), cfg_options=None
        )
        cfg = load_config(chosen)
        cfg.experiment_name = f'voc8_{method}_fold{fold}'
        cfg.test_dataloader.sampler.update(
            seeds=args.seeds, num_episodes=args.num_episodes
        )
        start = time.time()
        best = train(cfg) if cfg.get('train_cfg') else None
        minutes = (time.time() - start) / 60
        cfg.experiment_name += '_test'
        provenance = dict(training_minutes=minutes, threads=torch.get_num_threads())
        evaluate(cfg, best, report, folder / method, 12, provenance)


def _is_of(report: dict, args: Namespace) -> bool:
    """Whether a report is of the lists of episodes that are asked for."""
    return (report['seeds'], report['num_episodes']) == (
        sorted(args.seeds),
        args.num_episodes,
    )


def print_table(work_dir: Path, folds: list[int]) -> None:
    """Print a Markdown table of what is finished."""
    columns = 'fold', 'held out', 'all foreground', *METHODS, 'gain', 'training'
    print(f'| {" | ".join(columns)} |')
    print('|---|---|---|---|---|---|---|')
    for fold in folds:
        paths = [work_dir / f'fold{fold}' / f'{method}.json' for method in METHODS]
        if not all(path.is_file() for path in paths):
            continue
        base, ours = (json.loads(path.read_text()) for path in paths)
        if base['episodes_sha256'] != ours['episodes_sha256']:
            raise ValueError(f'fold {fold}: the two reports are of different episodes')
        names = [n.removeprefix('IoU_') for n in ours['mean'] if n.startswith('IoU_')]
        a, b = (_mean_and_spread(report['mean']) for report in (base, ours))
        gain = ours['mean']['mIoU'] - base['mean']['mIoU']
        minutes = ours['provenance']['training_minutes']
        threads = ours['provenance']['threads']
        print(
            f'| {fold} | {", ".join(names)} | {all_foreground(ours["episodes"]):.1f} | '
            f'{a} | {b} | {gain:+.1f} | '
            f'{minutes:.0f} min, {threads} threads |'
        )


def all_foreground(episodes: list[dict]) -> float:
    """The mIoU of calling every pixel foreground, on the same episodes.

    For each class and seed that is the class's share of the pixels that count.
    """
    folder = Path(os.environ['FSS_MM_REAL_DATA']) / 'VOC2012/SegmentationClass'
    pixels: dict[tuple, np.ndarray] = defaultdict(lambda: np.zeros(2))
    for episode in episodes:
        with Image.open(folder / f'{episode["query"]}.png') as image:
            mask = np.array(image)
        key = (episode['class_id'], episode['seed'])
        hits = (mask == episode['class_id']).sum(), (mask != 255).sum()
        pixels[key] += hits
    return float(np.mean([100 * hit / valid for hit, valid in pixels.values()]))


def _mean_and_spread(scores: dict) -> str:
    spread = f' ± {scores["mIoU_std"]:.1f}' if 'mIoU_std' in scores else ''
    return f'{scores["mIoU"]:.1f}{spread}'


def main() -> None:
    """Run the folds and print the table."""
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if not args.table:
        for fold in args.folds:
            run_fold(args, fold)
    print_table(Path(args.work_dir), args.folds)


if __name__ == '__main__':
    main()
