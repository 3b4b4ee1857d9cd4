"""How fast a config tests, trains, answers a query or segments photographs.

fss-mm benchmark CONFIG --mode eval --against plain
fss-mm benchmark CONFIG --mode train --precision bfloat16 \
    --against plain --out speed.json
fss-mm benchmark CONFIG --mode query --classes 1 5 20
fss-mm benchmark CONFIG --mode predict --images 200

Weights are random ones unless there is a --checkpoint. What a ratio compares is
measured in one run of this tool, on the same episodes. FLOP/s are told as a share of
what a large convolution reaches on this machine, in this precision and meanwhile.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from .options import ConfigOptions, add_config_arguments

MODES = ('eval', 'train', 'query', 'predict')
PRECISIONS = ('float32', 'bfloat16', 'float16')


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--mode', choices=MODES, default='eval')
    parser.add_argument('--out', help='JSON file')
    parser.add_argument(
        '--checkpoint', help='weights, or a work folder; random ones without'
    )
    add_comparisons(parser)
    add_lengths(parser)
    add_config_arguments(parser)


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
        action=ConfigOptions,
        metavar='KEY=VALUE',
        help='compare with the same config with these fields',
    )
    add('--precision', choices=PRECISIONS, help='instead of that of the config')
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
    add('--images', type=int, default=40, help='drawn photographs (predict)')
    add('--turns', type=int, default=3, help='with and without files (predict)')


def check(args: Namespace) -> None:
    """Refuse what would fail late.

    Raises:
        ValueError: Naming it.
    """
    counts = (
        args.num_episodes, args.plain_episodes, args.steps, args.repetitions,
        args.images, args.turns,
    )  # fmt: skip
    if min(1 if x is None else x for x in (*counts, *args.classes)) < 1:
        raise ValueError(
            'numbers of episodes, steps, classes, repetitions, images and turns start '
            'at 1'
        )
    if args.mode == 'predict' and (args.against or args.against_cfg_options):
        raise ValueError(
            '--mode predict compares with the network alone: leave --against out'
        )
    if args.out is not None and not Path(args.out).parent.is_dir():
        raise ValueError(f'--out {args.out}: there is no such folder')


def run(args: Namespace) -> None:
    """Measure, print, and write the JSON file."""
    check(args)
    import torch
    from mmengine.device import get_device

    from .benchmarking.configs import compared, precision_of, prepared
    from .benchmarking.machine import describe_machine
    from .benchmarking.modes import MEASURE

    device = torch.device(get_device())
    if args.precision == 'float16' and device.type == 'cpu':
        raise ValueError(
            '--precision float16 needs a GPU; bfloat16 is for CPUs as well'
        )
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        cfg = prepared(args)
        cfg.work_dir = args.work_dir or folder
        configs = compared(cfg, args)
        found, text = MEASURE[args.mode](args, configs)
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
