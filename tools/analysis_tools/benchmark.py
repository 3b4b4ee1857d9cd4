"""How fast a config tests, trains or answers a query, and against what.

python tools/analysis_tools/benchmark.py CONFIG --mode eval --against plain
python tools/analysis_tools/benchmark.py CONFIG --mode train --precision bfloat16 \
    --against plain --out speed.json
python tools/analysis_tools/benchmark.py CONFIG --mode query --classes 1 5 20

Weights are random ones unless there is a --checkpoint. What a ratio compares is
measured in one run of this tool, on the same episodes. FLOPs are told as a share of
what a large convolution reaches on this machine, in this run and precision.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from benchmark_configs import (
    BUILDING,
    OWN,
    RUNNING,
    compared,
    one_line,
    peaks,
    precision_of,
    prepared,
)
from benchmark_eval import Evaluation
from benchmark_query import QueryLatency, format_latencies
from benchmark_train import Training
from machine import DTYPES, describe_machine
from measurement import Measurement, format_ratios, format_runs
from mmengine.config import Config, DictAction
from mmengine.device import get_device

from fss_mm.utils.config_options import add_config_arguments


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
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
        help="plain: mmengine's TestLoop, or the step without precision, layout, "
        'compilation and feature bank, or a query that comes with its supports. '
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
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, one_line(RUNNING):
        with one_line(BUILDING):
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


# ---- modes -------------------------------------------------------------------------


def evaluate(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Whole tests, one behind another."""
    peak, runs, notes, more = peaks(configs), [], [], {}
    for name, cfg in configs.items():
        sampler = cfg.test_dataloader.sampler
        seeds, number = sampler.seeds, sampler.num_episodes
        whole = number * len(seeds)
        if name == 'plain':
            seeds, number = seeds[:1], min(number, args.plain_episodes)
            notes.append(
                f'plain: {number} of {whole} episodes were run; each costs it the '
                'same, so that its total is its rate times their number'
            )
        print(f'{name}: {number * len(seeds)} episodes', file=sys.stderr, flush=True)
        with one_line(BUILDING):
            test = Evaluation(cfg, args.checkpoint)
        own_peak = peak[precision_of(cfg)]
        runs.append(test.measure(name, whole, own_peak, number, seeds))
        if name == OWN['eval']:
            more, note = limit_of(test, runs[0])
            notes.append(note)
    found, text = told(runs, OWN['eval'])
    return found | more, '\n'.join([text, *notes])


def limit_of(test: Evaluation, run: Measurement) -> tuple[dict, str]:
    """What is left when nothing but segmenting takes time."""
    if test.stepped_aside:
        return {}, f'nothing is encoded once: {test.stepped_aside}'
    limit, rate = run.episodes / test.segment_alone(), run.episodes / run.total
    return dict(limit_episodes_per_second=limit), (
        f'LIMIT: segmenting alone, with features in memory, is {limit:.3g} episodes/s; '
        f'{run.name} reaches {rate / limit:.0%} of it'
    )


def train(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Steps of all models in turn."""
    peak, models = peaks(configs), {}
    for name, cfg in configs.items():
        torch.manual_seed(0)
        with one_line(BUILDING):
            models[name] = Training(cfg, args.checkpoint)
        models[name].warm_up()
    for _ in range(args.steps):
        for model in models.values():
            model.step()
    runs = [
        model.result(name, peak[precision_of(configs[name])])
        for name, model in models.items()
    ]
    found, text = told(runs, OWN['train'])
    note = (
        f'{args.steps} steps of {models[OWN["train"]].batch_size} episodes, the '
        'models in turn; memory of a later model includes what earlier ones hold'
    )
    return found, '\n'.join([text, note])


def query(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Single operations, repeated."""
    peak, runs, texts = peaks(configs), [], []
    for name, cfg in configs.items():
        if name == 'plain':
            continue  # a query with its supports is measured anyway
        with one_line(BUILDING):
            model = QueryLatency(cfg, max(args.classes), args.checkpoint)
        own_peak = peak[precision_of(cfg)]
        run = model.measure(name, args.classes, args.repetitions)
        runs.append(run | dict(convolution_peak_gflops=own_peak / 1e9))
        texts.append(format_latencies(run, own_peak))
    own = runs[0]['operations']
    first = next(key for key in own if key.startswith('a query, '))
    ratios = {}
    if 'plain' in configs:
        whole = own['a query with its supports, 1 class']['median_ms']
        ratios['plain'] = dict(time=whole / own[first]['median_ms'])
    for run in runs[1:]:
        other = run['operations'][first]['median_ms']
        ratios[run['name']] = dict(time=other / own[first]['median_ms'])
    texts += [f'{first}: {x["time"]:.2f} times as fast as {other}'
              for other, x in ratios.items()]  # fmt: skip
    return dict(runs=runs, ratios=ratios), '\n\n'.join(texts)


def told(runs: list[Measurement], name: str) -> tuple[dict, str]:
    """Runs as JSON and as text, with the ratios of the first to the others."""
    ratios = {run.name: runs[0].times_as_fast_as(run) for run in runs[1:]}
    text = '\n\n'.join(filter(None, [format_runs(runs), format_ratios(ratios, name)]))
    return dict(runs=[run.to_dict() for run in runs], ratios=ratios), text


MODES = dict(eval=evaluate, train=train, query=query)


if __name__ == '__main__':
    main()
