"""Test a few-shot segmentor on the novel classes, and report what was measured.

python tools/test.py CONFIG CHECKPOINT --seeds 0 1 2 --report out.json --show-dir out
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmengine.runner import Runner

from fss_mm.engine.checkpoints import check_fit
from fss_mm.utils.config_options import add_config_arguments, load_config
from fss_mm.utils.distributed import (
    add_launcher_arguments,
    prepare_launcher,
    set_local_rank,
)


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='checkpoint; without one the model starts from its initial weights, for '
        'methods without training',
    )
    parser.add_argument('--seeds', type=int, nargs='+', help='lists of episodes')
    parser.add_argument('--num-episodes', type=int, help='length of each list')
    parser.add_argument('--report', help='JSON report (a table goes beside it)')
    parser.add_argument('--show-dir', help='folder for pictures of the episodes')
    parser.add_argument(
        '--show-episodes', type=int, default=50, help='how many of each list to draw'
    )
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Test."""
    args = parse_args()
    set_local_rank(args.local_rank)
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    for loop in ('train', 'val'):  # nothing of them is built
        cfg[f'{loop}_dataloader'] = cfg[f'{loop}_cfg'] = None
    cfg.optim_wrapper = cfg.param_scheduler = cfg.val_evaluator = None
    if args.seeds:
        cfg.test_dataloader.sampler.seeds = args.seeds
    if args.num_episodes:
        cfg.test_dataloader.sampler.num_episodes = args.num_episodes
    cfg.test_evaluator.report = args.report or str(Path(cfg.work_dir) / 'report.json')
    cfg.test_evaluator.provenance = dict(
        config=args.config, checkpoint=args.checkpoint, cfg_options=args.cfg_options
    )
    cfg.default_hooks.visualization.update(
        show_dir=args.show_dir, max_episodes=args.show_episodes
    )
    prepare_launcher(cfg, args.launcher)
    runner = Runner.from_cfg(cfg)
    if args.checkpoint is None:
        runner.model.init_weights()
    else:
        check_fit(runner.model, args.checkpoint)
    runner.test()


if __name__ == '__main__':
    main()
