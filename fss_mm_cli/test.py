"""Test a few-shot segmentor on the novel classes, and report what was measured.

fss-mm test CONFIG CHECKPOINT --seeds 0 1 2 --report out.json --show-dir out
fss-mm test CONFIG CHECKPOINT --shot 5 --tta
fss-mm test CONFIG CHECKPOINT --protocol bam --protocol hsnet

tools/dist_test.sh starts it in several processes.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from .options import (
    add_config_arguments,
    add_launcher_arguments,
    add_protocol_arguments,
    add_refiner_arguments,
    refiner_of,
)

if TYPE_CHECKING:
    from mmengine.config import Config

GO_ON = 'the same command starts the test again'
TTA_SCALES = (0.75, 1.0, 1.25)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='weights, or a work folder: its best ones. Without them the model starts '
        'from its initial ones, for methods without training',
    )
    add_protocol_arguments(parser, several=True)
    parser.add_argument('--seeds', type=int, nargs='+', help='lists of episodes')
    parser.add_argument('--num-episodes', type=int, help='length of each list')
    parser.add_argument(
        '--identical-inputs', action='store_true', help='the support is the query'
    )
    parser.add_argument(
        '--tta',
        type=float,
        nargs='*',
        metavar='SCALE',
        help='average over scales of the images; without numbers 0.75, 1 and 1.25',
    )
    parser.add_argument(
        '--precision',
        choices=('float32', 'bfloat16', 'float16'),
        help='what the network computes in; float16 on a GPU only',
    )
    parser.add_argument(
        '--channels-last',
        action='store_true',
        help='the layout of images that half precision likes on a GPU',
    )
    add_refiner_arguments(parser)
    parser.add_argument('--report', help='JSON report; its text goes beside it')
    parser.add_argument('--show-dir', help='folder for pictures of the episodes')
    parser.add_argument(
        '--show-episodes', type=int, default=50, help='how many of each list to draw'
    )
    add_config_arguments(parser)
    add_launcher_arguments(parser)


def run(args: Namespace) -> None:
    """Test."""
    from fss_mm.apis import evaluate
    from fss_mm.engine.work_folder import find_checkpoint
    from fss_mm.utils.distributed import launched

    cfg = tests_config(args)
    checkpoint = args.checkpoint
    if checkpoint is not None:
        checkpoint = str(find_checkpoint(checkpoint))
    with launched(cfg, args):
        evaluate(
            cfg,
            checkpoint,
            args.report,
            args.show_dir,
            args.show_episodes,
            dict(cfg_options=args.cfg_options),
        )


def tests_config(args: Namespace) -> Config:
    """The config with the tests that the command line asks for.

    Raises:
        ValueError: If it cannot be tested as it is asked for.
    """
    from fss_mm.apis import check_config
    from fss_mm.protocols import plan_tests, write_tests
    from fss_mm.utils.config_options import (
        load_config,
        write_arithmetic,
        write_options,
    )

    refiner, cfg = refiner_of(args), load_config(args)
    check_config(cfg, args.cfg_options, ('model', 'test_dataloader', 'test_evaluator'))
    write = partial(write_options, args=args)
    tests = plan_tests(cfg, args.protocol or (), args.pair_lists, write)
    for test in tests.values():
        if args.seeds is not None:
            test.loader.sampler.seeds = args.seeds
        if args.num_episodes is not None:
            test.loader.sampler.num_episodes = args.num_episodes
        if args.identical_inputs:
            test.loader.sampler.identical_inputs = True
    write_tests(cfg, tests)
    if args.tta is not None:
        cfg.model.test_scales = args.tta or cfg.model.get('test_scales', TTA_SCALES)
    write_arithmetic(cfg, args.precision, args.channels_last)
    if refiner is not None:
        cfg.model.refiner = None if refiner == 'none' else refiner
    return cfg
