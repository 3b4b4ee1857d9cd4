"""What both commands do with a table: plan it, run it, write what came out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.utils.text import counted

from .budgets import BUDGET_OF
from .estimate import estimate
from .kinds import CHECKPOINTS
from .ledger import Ledger
from .planning import (
    Group,
    Setting,
    plan,
    prepared_configs,
    states_of,
)
from .preparing import prepare
from .tables import Table

LEDGER = 'ledger.json'


def run_table(table: Table, data: str, work_dir: Path, args: Namespace) -> int:
    """Plan a table, and run what is to do.

    Args:
        table (Table): Of :mod:`.tables`, on its data set.
        data (str): Name of the data set; '' where rows are one's own.
        work_dir (Path): Of all results.
        args (Namespace): Of the command line; see :mod:`.options`.

    Returns:
        int: Exit status.

    Raises:
        ValueError: If something was made by other code, configs or data.
    """
    if args.folds is not None and table.folds != (None,):
        table = replace(table, folds=tuple(args.folds))
    budget = BUDGET_OF[args.budget]
    with_data = not (args.dry_run or args.table)
    prepared = {
        config: prepare(config, budget, args.cfg_options or {}, with_data)
        for config in prepared_configs(table)
    }
    groups = plan(table, prepared, setting_of(table, work_dir, args))
    ledger = Ledger(work_dir / LEDGER)
    states = states_of(groups, ledger, args.any_code, args.again)
    jobs = args.jobs or len(args.gpus or [0])
    if args.dry_run:
        print(plan_text(table, data, args, groups, states))
        print(estimate(groups, states, prepared, ledger).text(jobs))
        return 0
    raise NotImplementedError


def setting_of(table: Table, work_dir: Path, args: Namespace) -> Setting:
    """What the command line says of all runs."""
    lists = dict(num_episodes=args.num_episodes, episode_seeds=args.episode_seeds)
    key = dict(budget=args.budget, protocol=args.protocol, lists=lists)
    words = [args.budget] * (args.budget != 'full')
    words += [Path(args.protocol).stem] if args.protocol else []
    return Setting(
        work_dir,
        table.folds,
        tuple(args.seeds),
        CHECKPOINTS[args.checkpoint],
        ''.join(f'_{word}' for word in words),
        key,
    )


def plan_text(
    table: Table,
    data: str,
    args: Namespace,
    groups: Sequence[Group],
    states: Mapping[str, str],
) -> str:
    """What is done and what is to do, a line for each training."""
    rows = []
    for group in groups:
        first = next(group.runs())
        training = states[group.training.name] if group.training else 'none'
        done = sum(states[run.name] == 'done' for run in group.tests)
        rows.append([first.place, training.partition(':')[0],
                     f'{done} of {len(group.tests)} done'])  # fmt: skip
    lines = [
        f'{table.title}, on {data}' if data else table.title,
        f'budget {BUDGET_OF[args.budget].text()}; seeds {args.seeds}',
        '',
        markdown_table(['run', 'training', 'tests'], rows, right=False),
    ]
    refused = [text for text in states.values() if text.startswith('refused')]
    lines += [f'left out: {", ".join(table.left_out)}'] * bool(table.left_out)
    lines += [*refused[:1], f'{counted(len(refused), "refusal")} in all'] * bool(
        refused
    )
    return '\n'.join([*lines, ''])
