"""What it saves that the backbone is left out of fine-tuning's loop.

python tools/analysis_tools/benchmark_fine_tuning.py configs/crnet/table4_finetune.py

One episode of random images, random weights, on the CPU; three ways in one run, step
by step in turn: features encoded once (ours), only the step's pair encoded at each
step, the whole episode encoded at each step. Ratios hardly depend on what else runs.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

import torch
from mmengine.registry import init_default_scope
from prettytable import PrettyTable

from fss_mm.apis.inspection import random_batch
from fss_mm.models import FineTuning
from fss_mm.registry import MODELS
from fss_mm.utils.config_options import add_config_arguments, load_config


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file of a FineTuning model')
    parser.add_argument('--size', type=int, nargs=2, default=(321, 321), help='H W')
    parser.add_argument('--rounds', type=int, default=3, help='behind a warm-up round')
    add_config_arguments(parser)
    parser.set_defaults(shot=5)
    args = parser.parse_args()
    if args.shot < 2:
        parser.error(f'--shot {args.shot}: fine-tuning needs at least 2')
    return args


def timed(function: Callable, *args) -> tuple[float, object]:
    """Seconds and result of a call."""
    start = time.perf_counter()
    result = function(*args)
    return time.perf_counter() - start, result


@torch.no_grad()
def encode(model: FineTuning, data: dict):
    """The whole episode: query, supports and what the head wants beside them."""
    return model.encode(data['inputs'], model.support_masks(data['data_samples']))


@torch.no_grad()
def encode_pair(model: FineTuning, data: dict):
    """The two images of one step: a support in the query's place, and another."""
    support = data['inputs']['support']
    masks = model.support_masks(data['data_samples'])
    pair = dict(query=support[:, 0], support=support[:, 1:2])
    return model.encode(pair, masks[:, 1:2])


def main() -> None:
    """Measure and print."""
    args = parse_args()
    cfg = load_config(args)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).eval()
    steps, model.steps = model.steps, 1
    data = model.data_preprocessor(random_batch(1, args.shot, tuple(args.size)))
    parts = dict(step=[], pair=[], episode=[])
    for _ in range(args.rounds + 1):
        seconds, features = timed(encode, model, data)
        parts['episode'].append(seconds)
        parts['pair'].append(timed(encode_pair, model, data)[0])
        parts['step'].append(timed(model.adapt, features, 0)[0])
    step, pair, episode = (sum(x[1:]) / args.rounds for x in parts.values())
    ours = episode + steps * step  # encoded once more below: for the query at the end
    table = PrettyTable(['the backbone sees', 's', 'ours is of it'], align='r')
    for name, total in (
        ('the episode, once (ours)', ours),
        ('the pair, at each step', steps * (pair + step) + episode),
        ('the episode, at each step', steps * (episode + step) + episode),
    ):
        table.add_row([name, f'{total:.1f}', f'{ours / total:.2f}'])
    print(
        f'{table}\n{steps} steps, {args.shot} shots, {args.size[0]} x {args.size[1]}; '
        f'a step {step:.2f} s, encoding a pair {pair:.2f} s, the episode '
        f'{episode:.2f} s (threads: {torch.get_num_threads()})'
    )


if __name__ == '__main__':
    main()
