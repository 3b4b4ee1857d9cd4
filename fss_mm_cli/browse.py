"""Look at the episodes that a run would see, behind the augmentation.

fss-mm browse configs/shapes/simprop_fold0.py \
    --loader val --num-episodes 20 --out episodes.html

One row an episode: supports with their masks, the query, the query with its mask, as
the loader hands them to the model, whose preprocessor then normalises (and, where it is
configured, averages the query's channels). The episodes are those of the loader's own
sampler, with its draw and its seed (in training that of the run), as one process meets
them. Supports and queries whose class has vanished in resizing are marked, and counted
at the end. The output is a folder of PNG files, or a page in one file that stands
alone.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .options import add_config_arguments, add_protocol_arguments


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('config', help='config file; it needs no model')
    parser.add_argument('--loader', choices=('train', 'val', 'test'), default='train')
    parser.add_argument('--num-episodes', type=int, default=20)
    parser.add_argument('--start', type=int, default=0, help='first episode')
    parser.add_argument(
        '--seed', type=int, help="list of episodes; by default the sampler's own"
    )
    parser.add_argument(
        '--out', type=Path, required=True, help='folder of pictures, or FILE.html'
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='write into a folder with other files, over a page of this name',
    )
    add_config_arguments(parser)
    add_protocol_arguments(parser, several=False)


def run(args: Namespace) -> None:
    """Draw."""
    if args.num_episodes < 1 or args.start < 0:
        raise ValueError(
            'expected --num-episodes of at least 1 and --start of at least 0'
        )
    if args.loader == 'train' and args.shot is not None:
        raise ValueError(
            '--shot leaves training as it is, here and in fss-mm train; use '
            f'--cfg-options train_dataloader.dataset.num_shots={args.shot}'
        )
    from .episode_browser import browse

    browse(args)
