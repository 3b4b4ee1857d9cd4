"""Train a few-shot segmentor.

fss-mm train configs/shapes/simprop_fold0.py
fss-mm train configs/simprop/fold0.py --fold 2 --protocol bam --amp
fss-mm train configs/simprop/fold0.py --resume

tools/dist_train.sh and tools/slurm_train.sh start it in several processes.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .options import (
    add_config_arguments,
    add_launcher_arguments,
    add_protocol_arguments,
)

if TYPE_CHECKING:
    from mmengine.config import Config

GO_ON = 'with --resume the same command goes on from the last checkpoint'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from this checkpoint, or from the last one in the work folder',
    )
    parser.add_argument(
        '--amp',
        nargs='?',
        const='bfloat16',
        choices=('bfloat16', 'float16'),
        help='mixed precision: bfloat16 (CPU, GPU), or float16 (GPU), its loss scaled',
    )
    parser.add_argument('--no-validate', action='store_true', help='do not validate')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help="scale the learning rate by the batch's size over auto_scale_lr's",
    )
    add_protocol_arguments(parser, several=False)
    parser.add_argument('--seed', type=int, help='seed of weights and episodes')
    add_config_arguments(parser)
    add_launcher_arguments(parser)


def run(args: Namespace) -> None:
    """Train."""
    from fss_mm.apis import train
    from fss_mm.utils.distributed import launched

    cfg = training_config(args)
    with launched(cfg, args):
        train(cfg)


def training_config(args: Namespace) -> Config:
    """The config with what the command line writes into it.

    Raises:
        ValueError: If it cannot be trained as it is asked for.
    """
    from fss_mm.apis import check_config, require_training
    from fss_mm.utils.config_options import load_config, write_arithmetic

    cfg = load_config(args)
    require_training(cfg)
    check_config(cfg, args.cfg_options, ('model', 'train_dataloader'))
    _follow_protocol(cfg, args)
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    write_arithmetic(cfg, args.amp)
    if args.amp == 'float16':
        cfg.optim_wrapper.update(type='AmpOptimWrapper', dtype='float16')
    if args.auto_scale_lr:
        if not cfg.get('auto_scale_lr'):
            raise ValueError('--auto-scale-lr: the config has no auto_scale_lr')
        cfg.auto_scale_lr.enable = True
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.default_hooks.checkpoint.save_best = None
    if args.seed is not None:
        cfg.randomness = dict(cfg.get('randomness') or {}, seed=args.seed)
    return cfg


def _follow_protocol(cfg: Config, args: Namespace) -> None:
    from fss_mm.protocols import follow_in_training, load_protocol, require_pair_lists
    from fss_mm.utils.config_options import write_options

    names = [] if args.protocol is None else [args.protocol]
    protocols = [load_protocol(n, cfg.train_dataloader.dataset.type) for n in names]
    require_pair_lists(args.pair_lists, protocols)
    for protocol in protocols:
        follow_in_training(cfg, protocol, args.pair_lists)
        write_options(cfg, args)  # they stand above it
