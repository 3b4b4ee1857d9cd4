"""Reports as one page of HTML: scores, differences, and every episode.

The page has all inside and fetches nothing: tables with intervals, a dot for each
episode (IoU against the object's size), and the episodes in a table that is sorted by a
click and filtered by class, with pictures where there are some.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from ..evaluation.comparability import check_report, protocol_of
from ..evaluation.comparison import compare_reports
from ..evaluation.report_text import number, ordered_names
from ..visualization.page_style import STYLE

_HERE = Path(__file__).parent
PAGE = Template((_HERE / 'report_page.html').read_text(encoding='utf-8'))
Key = tuple[int, int, int, str, str]  # seed, number, class id, query, supports


def report_page(
    reports: Mapping[str, Mapping],
    pictures: Mapping[tuple[int, int], bytes] | None = None,
    title: str = 'Few-shot segmentation report',
) -> str:
    """Write the page.

    Args:
        reports (Mapping[str, Mapping]): Reports of ``fss-mm test``, as read from JSON,
            by the names that the page gives them.
        pictures (Mapping, optional): PNG files of the first report's episodes, by
            (seed, number). Defaults to None: the table has no pictures.
        title (str): Defaults to 'Few-shot segmentation report'.

    Returns:
        str: HTML; every text in it is escaped.

    Raises:
        ValueError: If there is no report, or one is none of this version.
    """
    if not reports:
        raise ValueError('no report: give at least one')
    for name, report in reports.items():
        check_report(report, name)
    data = dict(
        names=list(reports),
        episodes=_episodes(reports),
        pictures={
            f'{seed}.{place}': b64encode(png).decode()
            for (seed, place), png in (pictures or {}).items()
        },
    )
    return PAGE.substitute(
        title=escape(title),
        style=STYLE,
        scores=_table(*_scores(reports)),
        differences=_differences(reports),
        rules=''.join(_rules(name, report) for name, report in reports.items()),
        # '</script>' in a name would end the block
        data=json.dumps(data).replace('<', '\\u003c'),
    )


def read_pictures(folder: str | Path) -> dict[tuple[int, int], bytes]:
    """Pictures of ``fss-mm test --show-dir``, by (seed, number).

    Raises:
        FileNotFoundError: If there are none.
    """
    found = {}
    for path in sorted(Path(folder).glob('[0-9]*_[0-9]*_*.png')):
        seed, place, _ = path.name.split('_', 2)
        found[int(seed), int(place)] = path.read_bytes()
    if not found:
        raise FileNotFoundError(
            f'{str(folder)!r}: no pictures of episodes; expected a folder of fss-mm '
            'test --show-dir'
        )
    return found


def _scores(reports: Mapping[str, Mapping]) -> tuple[list[str], list[list[str]]]:
    """A row for each report."""
    names = dict.fromkeys(n for r in reports.values() for n in r['mean'])
    shown = [n for n in ordered_names(list(names)) if n != 'mIoU_std']
    header = ['report', 'protocol', 'shots', 'episodes', *shown]
    rows = []
    for name, report in reports.items():
        episodes = f'{len(report["seeds"])} x {report["num_episodes"]}'
        cells = [_score(report, key) for key in shown]
        rows.append(
            [name, protocol_of(report), str(report['num_shots']), episodes, *cells]
        )
    return header, rows


def _score(report: Mapping, key: str) -> str:
    """A score with its interval, or '-'."""
    value = number(report['mean'].get(key))
    if math.isnan(value):
        return '-'
    lower, upper = (number(report['interval'][s].get(key)) for s in ('lower', 'upper'))
    return f'{value:.1f} ({lower:.1f} to {upper:.1f})'


def _differences(reports: Mapping[str, Mapping]) -> str:
    """Each further report less the first, or why they cannot be compared."""
    (first, base), *others = reports.items()
    parts = []
    for name, report in others:
        found = compare_reports(base, report, (first, name))
        parts.append(f'<h2>{escape(name)} - {escape(first)}</h2>')
        if found['comparable']:
            rows = [
                [
                    key,
                    f'{x["difference"]:+.1f} ({x["lower"]:+.1f} to {x["upper"]:+.1f})',
                ]
                for key, x in found['scores'].items()
            ]
            parts.append(_table(['score', 'difference, 95 % interval'], rows))
        else:
            reasons = ', '.join(found['obstacles'])
            parts.append(f'<p>Not comparable: they differ in {escape(reasons)}.</p>')
    return ''.join(parts)


def _rules(name: str, report: Mapping) -> str:
    """What a report was measured on."""
    facts = dict(report['protocol'])
    facts['episodes sha256'] = report['episodes_sha256']
    facts['checkpoint'] = report['provenance'].get('checkpoint')
    rows = [[str(k), json.dumps(v) if isinstance(v, list | dict) else str(v)]
            for k, v in facts.items()]  # fmt: skip
    return f'<h2>{escape(name)}</h2>' + _table(['rule', 'value'], rows)


def _episodes(reports: Mapping[str, Mapping]) -> list[dict]:
    """Episodes of all reports; those that several have are one row."""
    rows: dict[Key, dict] = {}
    for place, report in enumerate(reports.values()):
        classes = report['data']['classes']
        for record in report['episodes']:
            supports = ' '.join(record['supports'])
            key = (
                record['seed'], record['number'], record['class_id'],
                record['query'], supports,
            )  # fmt: skip
            row = rows.setdefault(
                key,
                {
                    'seed': record['seed'],
                    'number': record['number'],
                    'class': classes[record['class_id'] - 1],
                    'query': record['query'],
                    'supports': supports,
                    'size': round(math.sqrt(record.get('query_pixels') or 0), 1),
                    'ious': [None] * len(reports),
                },
            )
            row['ious'][place] = _iou(record['counts'])
    return list(rows.values())


def _iou(counts: Sequence[int]) -> float | None:
    """Of the foreground, in percent; None where the class is nowhere."""
    intersection, union = counts[:2]
    return round(100 * intersection / union, 1) if union else None


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = ''.join(f'<th>{escape(cell)}</th>' for cell in header)
    body = ''.join(
        '<tr>' + ''.join(f'<td>{escape(cell)}</td>' for cell in row) + '</tr>'
        for row in rows
    )
    return f'<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
