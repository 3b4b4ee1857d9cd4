"""Train a few-shot segmentor.

python tools/train.py configs/shapes/simprop_fold0.py
"""

import sys
from argparse import ArgumentParser, Namespace

from fss_mm.apis import require_training, train
from fss_mm.protocols import (
    follow_in_training,
    load_protocol,
    require_pair_lists,
)
from fss_mm.utils.config_options import (
    add_config_arguments,
    add_protocol_arguments,
    load_config,
    write_arithmetic,
    write_options,
)
from fss_mm.utils.distributed import add_launcher_arguments, launched


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
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
    return parser.parse_args()


def main() -> None:
    """Train."""
    args = parse_args()
    cfg = load_config(args)
    try:
        require_training(cfg)
    except ValueError as error:
        sys.exit(f'error: {error}')
    names = [] if args.protocol is None else [args.protocol]
    protocols = [load_protocol(n, cfg.train_dataloader.dataset.type) for n in names]
    require_pair_lists(args.pair_lists, protocols)
    for protocol in protocols:
        follow_in_training(cfg, protocol, args.pair_lists)
        write_options(cfg, args)  # they stand above it
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    write_arithmetic(cfg, args.amp)
    if args.amp == 'float16':
        cfg.optim_wrapper.update(type='AmpOptimWrapper', dtype='float16')
    if args.auto_scale_lr:
        cfg.auto_scale_lr.enable = True
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.default_hooks.checkpoint.save_best = None
    if args.seed is not None:
        cfg.randomness.seed = args.seed
    with launched(cfg, args):
        train(cfg)


if __name__ == '__main__':
    main()
