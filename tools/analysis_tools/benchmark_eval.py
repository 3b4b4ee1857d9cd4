"""Whole tests through their real loops, one behind another."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable

from benchmark_configs import BUILDING, OWN, one_line
from measurement import Measurement, tell
from mmengine.config import Config
from timed_test import TimedTest

PLAIN = 'plain'
Part = tuple[str, int, list[int]]  # name, episodes of each list, seeds of the lists


def evaluate(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Run the tests; figures for JSON, and text."""
    own = OWN['eval']
    sampler = configs[own].test_dataloader.sampler
    whole = sampler.num_episodes * len(sampler.seeds)
    tests = run_parts(args, configs, schedule(configs, args.plain_episodes))
    runs = [tests[name].result(name, whole) for name in configs]
    found, text = tell(runs)
    limit, note = limit_of(tests[own], runs[0])
    notes = [text, note]
    if PLAIN in tests:
        notes.append(
            f'plain: {tests[PLAIN].episodes} of {whole} episodes were run; each costs '
            'it the same, so that its total is its rate times their number'
        )
    return found | limit, '\n'.join(notes)


def schedule(configs: dict[str, Config], plain_episodes: int) -> list[Part]:
    """What to run, in order: half of the plain episodes on either side of the first.

    So a machine that slows down or speeds up meanwhile hardly moves their ratio.
    """
    sampler = configs[OWN['eval']].test_dataloader.sampler
    number, seeds = sampler.num_episodes, sampler.seeds
    first, *others = [(name, number, seeds) for name in configs if name != PLAIN]
    if PLAIN not in configs:
        return [first, *others]
    few = min(number, plain_episodes)
    halves = [(PLAIN, n, seeds[:1]) for n in (few - few // 2, few // 2)]
    return [halves[0], first, *(half for half in halves[1:] if half[1]), *others]


def run_parts(
    args: Namespace, configs: dict[str, Config], parts: Iterable[Part]
) -> dict[str, TimedTest]:
    """Run what is planned; each test behind a warm-up, the plain one on our model."""
    own, tests = OWN['eval'], {}
    with one_line(BUILDING):
        first = TimedTest(configs[own], args.checkpoint)
    for name, number, seeds in parts:
        print(f'{name}: {number * len(seeds)} episodes', file=sys.stderr, flush=True)
        if name not in tests:
            with one_line(BUILDING):
                other = first if name in (own, PLAIN) else None
                tests[name] = TimedTest(configs[name], args.checkpoint, other)
            tests[name].warm_up(number, seeds)
        tests[name].run(number, seeds)
    return tests


def limit_of(test: TimedTest, run: Measurement) -> tuple[dict, str]:
    """What is left when nothing but segmenting takes time."""
    if test.stepped_aside:
        return {}, f'nothing is encoded once: {test.stepped_aside}'
    limit = run.episodes / run.seconds['segment']
    return dict(limit_episodes_per_second=limit, tasks=test.tasks), (
        f'LIMIT: segmenting alone, with features in memory, is {limit:.3g} episodes/s; '
        f'{run.name} reaches {run.seconds["segment"] / run.total:.0%} of it '
        f'({test.tasks} segmentations for {run.episodes} episodes)'
    )
