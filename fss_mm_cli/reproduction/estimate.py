"""How long a plan takes, as far as it is known, and from what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from mmengine.config import Config

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.registry import DATASETS
from fss_mm.utils.text import counted

from .arithmetic import StepCost
from .ledger import DONE, Ledger
from .runs import Group, Prepared, Run

HOUR = 3600.0
STEPS = 100_000  # whose hours are told, whatever a training's length


@dataclass(frozen=True)
class Estimate:
    """Seconds of work that is left, of the runs whose speed is known.

    Args:
        seconds (float): Of these, one behind another.
        known (int): How many runs these are.
        unknown (int): How many others are to do.
        iterations (int | None): Of all trainings to do; None where one is unknown.
        counted (int): Trainings of configs that were never run, whose arithmetic and
            length are known. Defaults to 0.
        flops (int): Of these. Defaults to 0.
    """

    seconds: float
    known: int
    unknown: int
    iterations: int | None
    counted: int = 0
    flops: int = 0

    def text(self, jobs: int, tflops: float) -> str:
        """For a plan: hours, and how they were found.

        Args:
            jobs (int): Runs at once.
            tflops (float): 10^12 FLOPs a second that a GPU is assumed to do.
        """
        parts = []
        if self.iterations:
            parts.append(f'{self.iterations:,} iterations of training')
        if self.known:
            hours = self.seconds / HOUR / jobs
            parts.append(
                f'about {hours:.1f} hours with {jobs} at once for {self.known} runs, '
                "by the ledger's speed of the same configs"
            )
        if self.counted:
            hours = self.flops / (1e12 * tflops) / HOUR / jobs
            parts.append(
                f'an estimate, not measured: {hours:,.0f} hours with {jobs} at once '
                f'for {self.counted} trainings of {self.flops / 1e15:,.0f} PFLOP'
            )
        if self.unknown:
            parts.append(
                f'{counted(self.unknown, "run")} (trainings and tests) of unknown '
                'speed: no such config was run yet'
            )
        return '; '.join(parts) or 'nothing is to do'


def estimate(
    groups: Sequence[Group],
    states: Mapping[str, str],
    prepared: Mapping[str, Prepared],
    ledger: Ledger,
    costs: Mapping[str, StepCost | None] = {},
) -> Estimate:
    """What is left, by the speed of runs of the same configs in the ledger.

    Iterations a second are those of whole processes, with start and validation.

    Args:
        groups (Sequence[Group]): Of :func:`.planning.plan`.
        states (Mapping[str, str]): Of :func:`.states.states_of`.
        prepared (Mapping[str, Prepared]): By config.
        ledger (Ledger): What was made before.
        costs (Mapping[str, StepCost | None]): By config, of a step of its training, for
            what the ledger does not know. Defaults to none.
    """
    rates, seconds = _measured(ledger)
    lengths: dict[tuple[str, int | None], int | None] = {}
    total, known, unknown, iterations = 0.0, 0, 0, 0
    by_arithmetic, flops = 0, 0
    for run in (run for group in groups for run in group.runs()):
        if states[run.name] == 'done':
            continue
        spent = seconds.get((run.row, run.test))
        if not run.test:
            length = lengths.setdefault(
                (run.config, run.fold),
                training_length(prepared[run.config].config, run),
            )
            iterations = None if None in (length, iterations) else iterations + length
            rate = rates.get(run.row)
            spent = length / rate if length and rate else None
            if length and spent is None and costs.get(run.config):
                by_arithmetic += 1
                flops += length * costs[run.config].flops
                continue
        known, unknown = known + (spent is not None), unknown + (spent is None)
        total += spent or 0.0
    return Estimate(total, known, unknown, iterations, by_arithmetic, flops)


def cost_text(
    costs: Mapping[str, StepCost | None],
    prepared: Mapping[str, Prepared],
    tflops: float,
) -> str:
    """What a step of each training takes by arithmetic; '' where nothing is known."""
    rows = [
        [
            config,
            str(prepared[config].config.train_dataloader.batch_size),
            f'{cost.flops / 1e12:.2f}',
            f'{cost.memory / 2**30:.1f}',
            f'{STEPS * cost.flops / (1e12 * tflops) / HOUR:.1f}',
        ]
        for config, cost in costs.items()
        if cost is not None
    ]
    if not rows:
        return ''
    head = ['training', 'episodes', 'TFLOP', 'GiB', f'hours of {STEPS:,} steps']
    return (
        f'{markdown_table(head, rows)}\n\n'
        'Of a step, by arithmetic, not measured. GiB: tensors alone, at their most. '
        f'Hours: FLOP / {tflops:g} TFLOP/s, which is assumed (--tflops).\n'
    )


def _measured(ledger: Ledger) -> tuple[dict, dict]:
    """Iterations a second by config, and seconds by config and test."""
    rates, seconds = defaultdict(list), defaultdict(list)
    for _, entry in ledger.items():
        if entry['state'] != DONE or not entry.get('seconds'):
            continue
        if entry.get('iterations'):
            rates[entry['row']].append(entry['iterations'] / entry['seconds'])
        elif entry['key'].get('test'):
            seconds[entry['row'], entry['key']['test']].append(entry['seconds'])
    return ({k: mean(v) for k, v in rates.items()},
            {k: mean(v) for k, v in seconds.items()})  # fmt: skip


def training_length(cfg: Config, run: Run) -> int | None:
    """Iterations of a training; None where epochs need data that are not there."""
    loop = cfg.train_cfg
    if 'max_epochs' not in loop:
        return loop.max_iters
    dataset = dict(cfg.train_dataloader.dataset)
    if run.fold is not None:
        dataset['fold'] = run.fold
    try:
        pairs = len(DATASETS.build(dataset))
    except FileNotFoundError:
        return None
    return int(loop.max_epochs * pairs) // cfg.train_dataloader.batch_size
