"""How fast a config tests, trains or answers a query, and against what.

python tools/analysis_tools/benchmark.py CONFIG --mode eval --against plain
python tools/analysis_tools/benchmark.py CONFIG --mode train --precision bfloat16 \
    --against plain --out speed.json
python tools/analysis_tools/benchmark.py CONFIG --mode query --classes 1 5 20

Weights are random ones unless there is a --checkpoint. What a ratio compares is
measured in one run of this tool, on the same episodes. FLOP/s are told as a share of
what a large convolution reaches on this machine, in this precision and meanwhile.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from benchmark_configs import (
    OWN,
    compared,
    precision_of,
    prepared,
)
from benchmark_eval import evaluate
from benchmark_query import query
from benchmark_train import train
from machine import DTYPES, describe_machine
from mmengine.config import DictAction
from mmengine.device import get_device

from fss_mm.utils.command import run_command, tool_parser
from fss_mm.utils.config_options import add_config_arguments

MODES = dict(eval=evaluate, train=train, query=query)


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--mode', choices=tuple(OWN), default='eval')
    parser.add_argument('--out', help='JSON file')
    parser.add_argument(
        '--checkpoint', help='weights, or a work folder; random ones without'
    )
    add_comparisons(parser)
    add_lengths(parser)
    add_config_arguments(parser)
    args = parser.parse_args()
    check(parser, args)
    return args


def add_comparisons(parser: ArgumentParser) -> None:
    """Add the arguments that say what is compared."""
    add = parser.add_argument
    add(
        '--against',
        action='append',
        default=[],
        choices=('plain', 'float32'),
        help="plain: mmengine's TestLoop in single precision, or the step without "
        'precision, layout, compilation and feature bank, or a query that comes with '
        'its supports. '
        'float32: the same in single precision. Can be repeated',
    )
    add(
        '--against-cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='compare with the same config with these fields',
    )
    add('--precision', choices=tuple(DTYPES), help='instead of that of the config')
    add('--channels-last', action='store_true', help='memory layout of images')


def add_lengths(parser: ArgumentParser) -> None:
    """Add the arguments that say how much is run."""
    add = parser.add_argument
    add('--num-episodes', type=int, help='length of each list (eval)')
    add('--seeds', type=int, nargs='+', help='lists of episodes (eval)')
    add(
        '--plain-episodes',
        type=int,
        default=40,
        help='the plain loop runs so many: all cost it the same (eval)',
    )
    add('--max-gib', type=float, help='features held in memory (eval)')
    add('--steps', type=int, default=5, help='behind a warm-up step (train)')
    add('--classes', type=int, nargs='+', default=[1, 2, 5], help='stored ones (query)')
    add('--repetitions', type=int, default=20, help='of each operation (query)')


def check(parser: ArgumentParser, args: Namespace) -> None:
    """Refuse what would fail late."""
    counts = args.num_episodes, args.plain_episodes, args.steps, args.repetitions
    if min(1 if x is None else x for x in (*counts, *args.classes)) < 1:
        parser.error('numbers of episodes, steps, classes and repetitions start at 1')
    if args.out is not None and not Path(args.out).parent.is_dir():
        parser.error(f'--out {args.out}: there is no such folder')
    if args.precision == 'float16' and get_device() == 'cpu':
        parser.error('--precision float16 needs a GPU; bfloat16 is for CPUs as well')


def main() -> None:
    """Measure, print, and write the JSON file."""
    args = parse_args()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        cfg = prepared(args)
        cfg.work_dir = args.work_dir or folder
        configs = compared(cfg, args)
        found, text = MODES[args.mode](args, configs)
    device = torch.device(get_device())
    dataset = cfg[f'{"train" if args.mode == "train" else "test"}_dataloader'].dataset
    facts = dict(
        config=args.config,
        mode=args.mode,
        shot=dataset.get('num_shots', 1),
        fold=dataset.get('fold'),
        precision=precision_of(cfg),
        **describe_machine(device),
    )
    print(', '.join(f'{k} {v}' for k, v in facts.items()), text, sep='\n\n')
    if args.out is not None:
        Path(args.out).write_text(json.dumps(facts | found, indent=1) + '\n')


if __name__ == '__main__':
    run_command(main)
