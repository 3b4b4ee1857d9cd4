"""Run many malformed inputs, and print what each kind of them ended in.

python -m tests.fuzz 1000 --seed 0
"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser
from collections import Counter

from hypothesis import Phase, given, seed, settings
from hypothesis.database import InMemoryExampleDatabase
from rich.progress import track

from .outcomes import FAILED, MESSAGE, RESULT
from .workers import PARTS, run_cases


def draw_cases(number: int, start: int) -> list[dict]:
    """Inputs of all parts and kinds, as many of each as fit.

    Args:
        number (int): Of inputs.
        start (int): Seed.
    """
    modules = [importlib.import_module(f'tests.fuzz.{part}') for part in PARTS]
    kinds = [(module, kind) for module in modules for kind in module.KINDS]
    found = []
    for place, (module, kind) in enumerate(kinds):
        share = number * (place + 1) // len(kinds) - number * place // len(kinds)
        found += draw(module.cases(kind), share, start + place)
    return found


def draw(strategy, number: int, start: int) -> list[dict]:
    """Values of a strategy; fewer where it has no more."""
    if number == 0:
        return []
    found = []

    @seed(start)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        deadline=None,
        database=InMemoryExampleDatabase(),
    )
    @given(strategy)
    def keep(case: dict) -> None:
        found.append(case)

    keep()
    return found


def main() -> int:
    """Print the table, and each failure with its input; 1 if there is one."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('number', type=int, help='of inputs')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    cases = draw_cases(args.number, args.seed)
    counts, failed = {}, []
    for case, outcome in track(run_cases(cases, args.workers), total=len(cases)):
        kind = f'{case["part"]}: {case["kind"]}'
        counts.setdefault(kind, Counter())[outcome.what] += 1
        if outcome.what == FAILED:
            failed.append(f'{outcome.text}\n    {case}')
    print(f'| kind | {MESSAGE} | {RESULT} | {FAILED} |\n|---|---:|---:|---:|')
    for kind, own in sorted(counts.items()):
        print(f'| {kind} | {own[MESSAGE]} | {own[RESULT]} | {own[FAILED]} |')
    total = sum(counts.values(), Counter())
    print(f'| all | {total[MESSAGE]} | {total[RESULT]} | {total[FAILED]} |')
    print('\n'.join(failed))
    return int(bool(failed))


if __name__ == '__main__':
    sys.exit(main())
