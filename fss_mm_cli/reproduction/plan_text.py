"""A plan as text."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.utils.text import counted

from .budgets import BUDGET_OF
from .runs import Group
from .tables import Table


def refusals(states: Mapping[str, str]) -> list[str]:
    """What cannot be taken as it is, a line each."""
    return [
        text.partition(': ')[2]
        for text in states.values()
        if text.startswith('refused')
    ]


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
        place = next(group.runs()).place
        training = states[group.training.name] if group.training else 'none'
        done = sum(states[run.name] == 'done' for run in group.tests)
        told = training.partition(':')[0]
        rows.append([place, told, f'{done} of {len(group.tests)} done'])
    lines = [
        f'{table.title}, on {data}' if data else table.title,
        f'budget {BUDGET_OF[args.budget].text()}; training seeds '
        f'{", ".join(map(str, args.seeds))}',
        '',
        markdown_table(['run', 'training', 'tests'], rows, right=False),
        '',
    ]
    lines += [f'left out: {", ".join(table.left_out)}'] * bool(table.left_out)
    if refused := refusals(states):
        lines += [f'{counted(len(refused), "run")} refused: {refused[0]}']
    return '\n'.join(lines)
