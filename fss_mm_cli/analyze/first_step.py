"""How a training begins: its first losses, and how large each layer's gradient is.

fss-mm analyze first-step CONFIG --fold 1

Weights are drawn as the config says, and one batch of its training is looked at. Losses
well above ln 2, or gradients that all but vanish, are told before hours are spent.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..options import add_config_arguments
from .options import add_result_arguments, conclude


def add_arguments(parser: ArgumentParser) -> None:
    """Add the analysis' arguments."""
    parser.add_argument('config', help='config file, or its name')
    parser.add_argument(
        '--seed', type=int, default=0, help='of weights and batch (default: 0)'
    )
    add_result_arguments(parser)
    add_config_arguments(parser)


def run(args: Namespace) -> None:
    """Measure."""
    from fss_mm.analysis.first_step import describe_first_step, measure_first_step
    from fss_mm.apis import check_config
    from fss_mm.utils.config_options import load_config

    cfg = load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'train_dataloader'))
    conclude(args, describe_first_step(measure_first_step(cfg, args.seed)))
