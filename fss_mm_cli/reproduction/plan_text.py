"""A plan as text."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Mapping, Sequence

from fss_mm.evaluation.markdown import markdown_table
from fss_mm.utils.text import counted

from .budgets import BUDGET_OF
from .options import asked_lists
from .runs import Group, title_of
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
    """What is done and what is to do: a line for each row, a column for each fold."""
    lines = [
        f'{table.title}, on {data}' if data else table.title,
        f'budget {BUDGET_OF[args.budget].text(asked_lists(args))}; training seeds '
        f'{", ".join(map(str, args.seeds))}',
        '',
        _grid(groups, states),
        '',
        _sums(groups, states),
    ]
    lines += [f'left out: {", ".join(table.left_out)}'] * bool(table.left_out)
    if refused := refusals(states):
        lines += [f'{counted(len(refused), "run")} refused: {refused[0]}']
    return '\n'.join(lines)


def _grid(groups: Sequence[Group], states: Mapping[str, str]) -> str:
    """The state of each training and its tests, by its row, fold and seed."""
    cells: dict[str, dict[str, str]] = {}
    for group in groups:
        row, _, column = next(group.runs()).place.partition('/')
        cells.setdefault(row, {})[column] = state_word(group, states)
    columns = list(dict.fromkeys(c for row in cells.values() for c in row))
    rows = [[name, *(row.get(c, '-') for c in columns)] for name, row in cells.items()]
    heads = [re.sub(r'(\D)(\d)', r'\1 \2', c).replace('_', ', ') for c in columns]
    return markdown_table(['', *heads], rows, right=False)


def state_word(group: Group, states: Mapping[str, str]) -> str:
    """What is done of a training and its tests: a word, if they are alike."""
    tests = [states[run.name] == 'done' for run in group.tests]
    training = states[group.training.name] if group.training else ''
    told = training.partition(':')[0] or ('done' if all(tests) else 'todo')
    if all(tests) if told == 'done' else not any(tests):
        return told
    return f'{told}, {sum(tests)} of {len(tests)} tests done'


def _sums(groups: Sequence[Group], states: Mapping[str, str]) -> str:
    """How many runs are done, and what the tests are."""
    trainings = [group.training for group in groups if group.training is not None]
    tests = [run for group in groups for run in group.tests]
    kinds = dict.fromkeys(title_of(run.test, run.checkpoint) for run in tests)
    told = [
        f'{sum(states[run.name] == "done" for run in runs)} of '
        f'{counted(len(runs), what)} done'
        for runs, what in ((trainings, 'training'), (tests, 'test'))
        if runs
    ]
    return f'{", ".join(told)} (tests: {"; ".join(kinds)})'
