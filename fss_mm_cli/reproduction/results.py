"""What the tests of a table have measured, as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from fss_mm.evaluation.fold_means import difference_over_folds, mean_over_folds

from .runs import Group, Run
from .tables import Row, Table

Reports = dict[tuple[int | None, int], Mapping]


def collect(
    table: Table, groups: Sequence[Group], states: Mapping[str, str]
) -> list[dict]:
    """A line of each row, test, checkpoint and score: ours beside what is published.

    What is not trained stands beside what is, in the table of each checkpoint, and has
    a line for each. The first row of a table (of its test and checkpoint) is what the
    others in it are compared with.

    Returns:
        list[dict]: Each with ``row``, ``config``, ``test``, ``checkpoint``, ``shown``
        (of which checkpoint the table is that it stands in), ``score``, ``folds`` (fold
        to ``mean``, ``lower``, ``upper`` and, of several trainings, ``std``),
        ``published`` (of the same folds, or None), ``open`` and, where all folds and
        seeds are there, ``mean``, ``lower``, ``upper``, ``std`` and ``difference`` (to
        the first row: ``difference``, ``lower``, ``upper``).
    """
    wanted = [run for group in groups for run in group.tests]
    done = [run for run in wanted if states[run.name] == 'done']
    trained = list(dict.fromkeys(run.checkpoint for run in done if run.checkpoint))
    lines, first = [], {}
    for row, test, checkpoint, reports, whole in _measured(table, wanted, done):
        for shown in [checkpoint] if checkpoint else trained or ['']:
            place = ('' if one_test_a_row(table) else test, shown)
            known = first.setdefault(place, reports if whole else {})
            common = dict(checkpoint=checkpoint, shown=shown, untrained=not checkpoint)
            lines += [
                _line(table, row, test, score, reports, whole, known) | common
                for score in table.scores
                if reports
            ]
    return lines


def _measured(
    table: Table, wanted: Sequence[Run], done: Sequence[Run]
) -> Iterator[tuple[Row, str, str, Reports, bool]]:
    """Row, test, checkpoint, its reports that are there, and whether these are all."""
    tests = [(row, test) for row in table.rows for test in row.tests]
    for row, test in tests:
        for checkpoint in _checkpoints(row, test, wanted):
            own = [run for run in wanted if _is_of(run, row, test, checkpoint)]
            reports = {
                (run.fold, run.seed): json.loads(run.report.read_text())
                for run in own
                if run in done
            }
            yield row, test, checkpoint, reports, len(reports) == len(own)


def _checkpoints(row: Row, test: str, runs: Sequence[Run]) -> list[str]:
    found = [r.checkpoint for r in runs if (r.config, r.test) == (row.config, test)]
    return list(dict.fromkeys(found))


def _is_of(run: Run, row: Row, test: str, checkpoint: str) -> bool:
    return (run.config, run.test, run.checkpoint) == (row.config, test, checkpoint)


def one_test_a_row(table: Table) -> bool:
    """Whether rows of several tests stand in one table, each row having one."""
    return all(len(row.tests) == 1 for row in table.rows)


def _line(
    table: Table,
    row: Row,
    test: str,
    score: str,
    reports: Reports,
    whole: bool,
    first: Reports,
) -> dict:
    by_fold = _by_fold(reports)
    paper = row.published.get((test, score))
    published = paper and paper.over(table.folds)
    line = dict(
        row=row.name,
        config=row.config,
        test=test,
        score=score,
        trainings=len(next(iter(by_fold.values()))),
        folds={fold: _fold_scores(own, score) for fold, own in by_fold.items()},
        published=published and asdict(published),
        open=row.open,
    )
    if not whole:
        return line
    line |= mean_over_folds(list(by_fold.values()))[score]
    line |= _spread(by_fold, score)
    if first is not reports:
        line['difference'] = _difference(_by_fold(first), by_fold, score)
    return line


def _by_fold(reports: Reports) -> dict[int | None, list[Mapping]]:
    found: dict[int | None, list[Mapping]] = {}
    for (fold, _), report in reports.items():
        found.setdefault(fold, []).append(report)
    return found


def _fold_scores(reports: Sequence[Mapping], score: str) -> dict:
    values = [report['mean'][score] for report in reports]
    found = mean_over_folds([reports])[score]
    if len(values) > 1:
        found['std'] = float(np.std(values, ddof=1))
    return found


def _spread(by_fold: Mapping[int | None, Sequence[Mapping]], score: str) -> dict:
    """Standard deviation over trainings of the mean over folds."""
    values = np.array([[r['mean'][score] for r in own] for own in by_fold.values()])
    means = values.mean(0)
    return dict(std=float(np.std(means, ddof=1))) if len(means) > 1 else {}


def _difference(first: Mapping, second: Mapping, score: str) -> dict | None:
    """None where the two were not tested on the same folds and episodes."""
    if list(first) != list(second):
        return None
    try:
        return difference_over_folds(list(first.values()), list(second.values()))[score]
    except ValueError:
        return None
