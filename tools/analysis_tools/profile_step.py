"""Where the time of a training step goes: operators by their share of it.

python tools/analysis_tools/profile_step.py configs/simprop/fold0.py --size 321 321

The step is one of random images and masks of the given size, on the CPU: forward,
losses, backward and the optimiser's update, without reading images. Weights are random
ones. Shares are of one process, so that they hardly depend on what else is running.
"""

from argparse import ArgumentParser, Namespace

import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from prettytable import PrettyTable
from torch.profiler import ProfilerActivity, profile

from fss_mm.apis.inspection import random_batch
from fss_mm.registry import MODELS
from fss_mm.utils.config_options import add_config_arguments, load_config


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file')
    parser.add_argument('--size', type=int, nargs=2, default=(321, 321), help='H W')
    parser.add_argument('--batch-size', type=int, default=2, help='episodes')
    parser.add_argument('--steps', type=int, default=3, help='behind a warm-up step')
    parser.add_argument('--rows', type=int, default=10, help='operators shown')
    add_config_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Profile and print."""
    args = parse_args()
    cfg = load_config(args)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).train()
    batch = random_batch(args.batch_size, args.shot or 1, tuple(args.size))

    optimizer = build_optim_wrapper(model, cfg.optim_wrapper)

    def step() -> None:
        model.train_step(batch, optimizer)

    step()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(args.steps):
            step()
    print(format_shares(profiler.key_averages(), args))


def format_shares(events, args: Namespace) -> str:
    """Shares of the operators' own time, and of all convolutions together."""
    times = {event.key: event.self_cpu_time_total for event in events}
    total = sum(times.values())
    table = PrettyTable(['operator', 'ms a step', 'share'], align='r')
    for name, time in sorted(times.items(), key=lambda x: -x[1])[: args.rows]:
        table.add_row([name, f'{time / args.steps / 1e3:.1f}', f'{time / total:.1%}'])
    convolutions = sum(time for name, time in times.items() if 'conv' in name.lower())
    return (
        f'{table}\nconvolutions and their gradients: {convolutions / total:.1%} of '
        f'{total / args.steps / 1e3:.0f} ms a step ({args.batch_size} episodes, '
        f'{args.size[0]} x {args.size[1]}, threads: {torch.get_num_threads()})'
    )


if __name__ == '__main__':
    main()
