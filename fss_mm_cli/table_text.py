"""A table of what its runs have found."""

from __future__ import annotations

import json
from argparse import Namespace
from itertools import product

import numpy as np

from .table_runs import is_of_config, is_of_lists, row_name


def read_table(args: Namespace) -> dict[str, dict[str, dict[int, dict]]]:
    """Reports by test, row and fold, of what is finished.

    Raises:
        ValueError: If two rows were tested on different episodes.
    """
    table, hashes = {}, {}
    for test, config, fold in product(args.tests, args.configs, args.folds):
        folder = args.work_dir / row_name(config) / f'fold{fold}'
        path = folder / f'{test}.json'
        if not path.is_file() or not is_of_config(args, folder, config):
            continue
        report = json.loads(path.read_text())
        if not is_of_lists(report, args):
            continue
        sha = hashes.setdefault((test, fold), report['episodes_sha256'])
        if sha != report['episodes_sha256']:
            raise ValueError(f'{path}: of other episodes than the rows above it')
        table.setdefault(test, {}).setdefault(row_name(config), {})[fold] = report
    return table


def format_tables(args: Namespace) -> str:
    """Markdown: one table for each test, mIoU ± standard deviation over the seeds."""
    lines = []
    for test, rows in read_table(args).items():
        columns = ['', *(f'fold {fold}' for fold in args.folds), 'mean']
        lines += [f'\n{test}\n', f'| {" | ".join(columns)} |']
        lines.append('|---' * len(columns) + '|')
        for row, reports in rows.items():
            cells = [_cell(reports.get(fold)) for fold in args.folds]
            means = [reports[f]['mean']['mIoU'] for f in args.folds if f in reports]
            whole = len(means) == len(args.folds)
            cells.append(f'{np.mean(means):.1f}' if whole else '')
            lines.append(f'| {" | ".join([row, *cells])} |')
    conditions = f'{args.num_episodes} episodes of each of the seeds {args.seeds}'
    return '\n'.join([*lines, f'\nmIoU ± standard deviation over seeds; {conditions}'])


def _cell(report: dict | None) -> str:
    if report is None:
        return ''
    mean = report['mean']
    spread = f' ± {mean["mIoU_std"]:.1f}' if 'mIoU_std' in mean else ''
    untrained = ' (untrained)' if report['provenance'].get('untrained') else ''
    return f'{mean["mIoU"]:.1f}{spread}{untrained}'
