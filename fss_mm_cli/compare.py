"""Say whether two results can be compared, and whether they differ.

fss-mm compare A.json B.json --json comparison.json

A and B are reports of `fss-mm test`. Comparable ones get a table of B - A with 95 %
intervals, others the reasons. The exit code is 0, or 1 where they are not comparable,
or 2 where a file is no report of this version.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('reports', nargs=2, metavar='REPORT', help='JSON report')
    parser.add_argument('--json', type=Path, help='write the comparison here, too')


def run(args: Namespace) -> int:
    """Print the comparison; returns the exit code."""
    from fss_mm.evaluation.comparison import compare_reports
    from fss_mm.evaluation.comparison_text import format_comparison
    from fss_mm.evaluation.report import plain
    from fss_mm.utils.files import write_atomically

    names = tuple(args.reports)
    found = compare_reports(*map(read_report, names), names)
    print(format_comparison(found, names))
    if args.json is not None:
        content = json.dumps(plain(dict(reports=names, **found)), indent=1) + '\n'
        args.json.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(args.json, lambda file: file.write(content.encode()))
    return int(not found['comparable'])


def read_report(path: str) -> dict:
    """A report from its file.

    Raises:
        ValueError: If the file is no JSON object.
    """
    try:
        report = json.loads(Path(path).read_text())
    except ValueError as error:
        raise ValueError(f'{path} is no JSON file: {error}') from error
    if not isinstance(report, dict):
        raise ValueError(f'{path} is no report of fss-mm test: it is no JSON object')
    return report
