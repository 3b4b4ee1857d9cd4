"""Several tests of one model, a row for each."""

from __future__ import annotations

from collections.abc import Mapping

from .markdown import markdown_table
from .report_text import number

HEADER = (
    'test', 'mIoU', 'std', '95 % interval', 'FBIoU', 'episodes', 'draw', 'size', 'void',
)  # fmt: skip


def format_summary(reports: Mapping[str, Mapping], num_tasks: int) -> str:
    """One row for each test, with what the tests differ in.

    Args:
        reports (Mapping[str, Mapping]): Name of the test to its report.
        num_tasks (int): How many different episodes were segmented.
    """
    total = sum(r['num_episodes'] * len(r['seeds']) for r in reports.values())
    rows = [_row(report) for report in reports.values()]
    return (
        f'{markdown_table(HEADER, rows)}\n\n{_deviations(reports)}'
        f'{total:,} episodes in all, of which '
        f'{num_tasks:,} are different and were segmented, once each. One model and '
        'other rules: the rows are not to be compared with each other, but each with '
        'results under the same protocol.'
    )


def _deviations(reports: Mapping[str, Mapping]) -> str:
    """What the stars in the table mean, tests with the same deviations together."""
    names: dict[str, list[str]] = {}
    for report in reports.values():
        block = report['protocol']
        if block.get('deviations'):
            names.setdefault('; '.join(block['deviations']), []).append(block['name'])
    lines = [f'\\* {", ".join(own)}: {text}' for text, own in names.items()]
    return '\n\n'.join([*lines, ''])


def _row(report: Mapping) -> list[str]:
    mean, interval, rules = report['mean'], report['interval'], report['protocol']
    lower, upper = (number(interval[side]['mIoU']) for side in ('lower', 'upper'))
    std = mean.get('mIoU_std')
    return [
        f'{rules["name"]} *' if rules.get('deviations') else rules['name'],
        f'{number(mean["mIoU"]):.2f}',
        '-' if std is None else f'{std:.2f}',
        f'{lower:.2f} to {upper:.2f}',
        f'{number(mean["FBIoU"]):.2f}',
        f'{len(report["seeds"])} x {report["num_episodes"]}',
        str(rules.get('draw', '-')),
        ', '.join(report['resolution']),
        str(rules.get('void', '-')),
    ]
