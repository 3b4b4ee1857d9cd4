"""How long a plan takes, as far as it is known, and from what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from mmengine.config import Config

from fss_mm.registry import DATASETS

from .ledger import DONE, Ledger
from .planning import Group, Prepared, Run

HOUR = 3600.0


@dataclass(frozen=True)
class Estimate:
    """Seconds of work that is left, of the runs whose speed is known.

    Args:
        seconds (float): Of these, one behind another.
        known (int): How many runs these are.
        unknown (int): How many others are to do.
        iterations (int | None): Of all trainings to do; None where one is unknown.
    """

    seconds: float
    known: int
    unknown: int
    iterations: int | None

    def text(self, jobs: int) -> str:
        """For a plan: hours, and how they were found."""
        parts = []
        if self.iterations:
            parts.append(f'{self.iterations:,} iterations of training')
        if self.known:
            hours = self.seconds / HOUR / jobs
            parts.append(
                f'about {hours:.1f} hours with {jobs} at once for {self.known} runs, '
                "by the ledger's speed of the same configs"
            )
        if self.unknown:
            parts.append(
                f'{self.unknown} runs whose speed is unknown: none was run yet'
            )
        return '; '.join(parts) or 'nothing is to do'


def estimate(
    groups: Sequence[Group],
    states: Mapping[str, str],
    prepared: Mapping[str, Prepared],
    ledger: Ledger,
) -> Estimate:
    """What is left, by the speed of runs of the same configs in the ledger.

    Iterations a second are those of whole processes, with start and validation.
    """
    rates, seconds = _measured(ledger)
    lengths: dict[tuple[str, int | None], int | None] = {}
    total, known, unknown, iterations = 0.0, 0, 0, 0
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
        known, unknown = known + (spent is not None), unknown + (spent is None)
        total += spent or 0.0
    return Estimate(total, known, unknown, iterations)


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
