"""Time the class index and the draws at the scale of MS COCO, on generated masks.

python tools/analysis_tools/benchmark_index.py --dir /tmp/masks

Masks have COCO's sizes and 1 to 8 objects of 80 classes, with ragged outlines. Some
thousands are drawn, the others are hard links to them: other names, other files to the
index, decoded one by one all the same. Memory is the highest of the process that builds
the index, with all that it imports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from rich.progress import track

from fss_mm.datasets.folds import COCO_CLASSES, interleaved_folds
from fss_mm.episodes import select_candidates
from fss_mm.index import build_class_index
from fss_mm.registry import EPISODE_DRAWS
from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser

SIZES = ((480, 640), (427, 640), (640, 480), (375, 500), (640, 640))  # height, width


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('--dir', type=Path, required=True, help='folder for the masks')
    parser.add_argument('--num-masks', type=int, default=122218)
    parser.add_argument('--distinct', type=int, default=4000, help='masks drawn')
    parser.add_argument('--num-episodes', type=int, default=20000)
    parser.add_argument('--num-shots', type=int, nargs='+', default=[1, 5])
    parser.add_argument('--build', action='store_true', help='only build the index')
    return parser.parse_args()


def draw_mask(number: int) -> np.ndarray:
    """An index mask (H, W) uint8 of ragged discs."""
    random = np.random.default_rng(number)
    height, width = SIZES[random.integers(len(SIZES))]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(random.integers(1, 9)):
        corners = int(random.integers(8, 40))
        angles = np.sort(random.random(corners)) * 2 * np.pi
        radius = random.random() ** 2 * height / 2 + 8
        radii = radius * (0.6 + 0.4 * random.random(corners))
        center = random.random(2) * (width, height)
        outline = center + radii[:, None] * np.c_[np.cos(angles), np.sin(angles)]
        class_id = int(random.integers(1, len(COCO_CLASSES) + 1))
        cv2.fillPoly(mask, [outline.astype(np.int32)], class_id)
    return mask


def make_masks(folder: Path, count: int, distinct: int) -> None:
    """Write the masks that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in track(range(count), 'Making masks'):
        path = folder / f'COCO_train2014_{number:012d}.png'
        if path.exists():
            continue
        if number < distinct:
            Image.fromarray(draw_mask(number)).save(path)
        else:
            os.link(folder / f'COCO_train2014_{number % distinct:012d}.png', path)


def build(folder: Path) -> dict[str, float]:
    """Time the index in a process of its own: seconds, and peak memory in MiB."""
    import resource

    start = time.perf_counter()
    index = build_class_index(folder, progress=False)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return dict(seconds=seconds, peak_mib=peak, masks=len(index.names))


def timed_draws(folder: Path, num_episodes: int, num_shots: int) -> dict[str, dict]:
    """Microseconds an episode and seconds for all, by draw; fold 0 of COCO-20^i."""
    index = build_class_index(folder, progress=False)
    classes = {c: COCO_CLASSES[c - 1] for c in interleaved_folds(80)[0]}
    found = {}
    for name, draw in sorted(EPISODE_DRAWS.module_dict.items()):
        start = time.perf_counter()
        candidates = select_candidates(index, classes, 2048)
        for number in range(num_episodes):
            draw(candidates, num_shots, 0, number)
        seconds = time.perf_counter() - start
        per_episode = round(1e6 * seconds / num_episodes, 1)
        found[name] = dict(seconds=round(seconds, 2), microseconds=per_episode)
    return found


def main() -> None:
    """Make the masks, then measure."""
    args = parse_args()
    folder = args.dir / 'masks'
    if args.build:
        print(json.dumps(build(folder)))
        return
    make_masks(folder, args.num_masks, args.distinct)
    (args.dir / 'masks.class_index.npz').unlink(missing_ok=True)
    command = [sys.executable, __file__, '--dir', str(args.dir), '--build']
    for what in ('built', 'loaded'):
        output = json.loads(subprocess.check_output(command))
        print(
            f'index of {output["masks"]:,} masks {what} in {output["seconds"]:.2f} s, '
            f'at most {output["peak_mib"]:.0f} MiB'
        )
    for shots in args.num_shots:
        print(f'{args.num_episodes:,} episodes of {shots} shots, candidates included:')
        for name, cost in timed_draws(folder, args.num_episodes, shots).items():
            print(f'  {name}: {cost["seconds"]} s, {cost["microseconds"]} µs each')


if __name__ == '__main__':
    run_command(main)
