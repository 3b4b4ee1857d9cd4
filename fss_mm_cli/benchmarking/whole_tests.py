"""Whole tests through their real loops, one behind another."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from mmengine.config import Config

from .configs import OWN
from .measurement import Measurement, tell
from .timed_test import TimedTest

PLAIN = 'plain'


def evaluate(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Run the tests; figures for JSON, and text."""
    sampler = configs[OWN['eval']].test_dataloader.sampler
    whole = sampler.num_episodes * len(sampler.seeds)
    tests = run_tests(args, configs, sampler.num_episodes, sampler.seeds)
    runs = [tests[name].result(name, whole) for name in configs]
    found, text = tell(runs, in_turn=[PLAIN])
    limit, note = limit_of(tests[OWN['eval']], runs[0])
    notes = [text, note]
    if PLAIN in tests:
        notes.append(
            f'plain: {tests[PLAIN].episodes} of {whole} episodes were run, in between '
            'those of the test; each costs it the same, so that its total is its rate '
            'times their number'
        )
    return found | limit, '\n'.join(notes)


def run_tests(
    args: Namespace, configs: dict[str, Config], number: int, seeds: Sequence[int]
) -> dict[str, TimedTest]:
    """Run all tests, each behind a warm-up.

    Plain episodes are run in between those of the first test, on the same model: so a
    machine that slows down or speeds up meanwhile hardly moves their ratio.
    """
    tests: dict[str, TimedTest] = {}
    for name in (name for name in configs if name != PLAIN):
        print(f'{name}: {number * len(seeds)} episodes', file=sys.stderr, flush=True)
        test = tests[name] = TimedTest(configs[name], args.checkpoint)
        test.warm_up(number, seeds)
        steps = []
        if name == OWN['eval'] and PLAIN in configs:
            plain = tests[PLAIN] = TimedTest(configs[PLAIN], other=test)
            plain.warm_up(number, seeds)
            steps = plain.steps(min(number, args.plain_episodes), seeds[:1])
        test.run(number, seeds, steps)
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
