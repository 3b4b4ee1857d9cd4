"""Tests whose support is the query, against the usual ones (SimPropNet Tables 2, 5)."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import numpy as np
from mmengine.config import Config

from ..apis import evaluate
from ..evaluation.comparison import (
    compare_reports,
    excludes_zero,
    paired_differences,
)
from ..evaluation.markdown import markdown_table
from ..evaluation.report_text import ordered_names
from .figures import new_figure, png_of
from .result import AnalysisResult

NAME = 'identical_inputs'
TESTS = ('usual', 'identical')
WORDS = (
    'mIoU in %. Usual: the supports that the list of episodes names; identical: the '
    'same queries, each as its own support, mask and all. The interval is of the '
    'difference, by a bootstrap over the episodes, which are paired by their query. * '
    'marks intervals without 0.'
)


def measure_identical_inputs(
    cfg: Config, checkpoint: str | Path | None, folder: Path, name: str
) -> dict[str, dict]:
    """Test a model on its list of episodes, then on the queries as supports.

    Args:
        cfg (Config): A whole experiment, whose test has one list of episodes.
        checkpoint (str | Path, optional): As in :func:`~fss_mm.apis.evaluate`.
        folder (Path): For reports and logs.
        name (str): Of the model, for files.

    Returns:
        dict[str, dict]: Names of :data:`TESTS` to reports.
    """
    reports = {}
    for test in TESTS:
        own = copy.deepcopy(cfg)
        own.test_dataloader.sampler.identical_inputs = test == 'identical'
        own.work_dir = str(folder / 'logs')
        own.experiment_name = f'{name}_{test}_{uuid4().hex[:8]}'
        path = folder / f'{name}_{test}.json'
        evaluate(own, checkpoint, path, show_episodes=0)
        reports[test] = json.loads(path.read_text())
    return reports


def describe_identical_inputs(
    reports: Mapping[str, Mapping[str, Mapping]], facts: Mapping[str, Mapping]
) -> AnalysisResult:
    """Tables, numbers and picture of the reports of one or more models.

    Args:
        reports (Mapping): Name of a model to what :func:`measure_identical_inputs`
            gave.
        facts (Mapping): Name of a model to what is to be said of it.
    """
    scores = {name: query_differences(own) for name, own in reports.items()}
    rows = [[name, *_cells(own['mIoU'])] for name, own in scores.items()]
    sections = [markdown_table(['model', *HEADER], rows), WORDS]
    values = dict(by_model=scores, between={})
    for first, second in pairwise(reports):
        found = compare_models(reports[first], reports[second])
        values['between'][f'{second} - {first}'] = found
        sections += _between(first, second, found)
    for name, own in scores.items():
        rows = [
            [n.removeprefix('IoU_'), *_cells(own[n])] for n in ordered_names([*own])
        ]
        sections += [f'### {name}', markdown_table(['', *HEADER], rows)]
    title = 'The support is the query'
    return AnalysisResult(NAME, title, sections, values, facts, _picture(scores))


HEADER = ('usual', 'identical', 'difference', '95 % interval', '')


def query_differences(reports: Mapping[str, Mapping]) -> dict[str, dict]:
    """Scores of both tests of a model, and what the query as its support adds.

    Args:
        reports (Mapping[str, Mapping]): Of :func:`measure_identical_inputs`.

    Returns:
        dict: As :func:`.paired_differences`: ``a`` is the usual test.

    Raises:
        ValueError: If the tests have other queries.
    """
    queries = [
        [(e['seed'], e['class_id'], e['query']) for e in reports[test]['episodes']]
        for test in TESTS
    ]
    if queries[0] != queries[1]:
        raise ValueError('the two tests have other queries, and cannot be paired')
    return paired_differences(*(reports[test] for test in TESTS))


def compare_models(a: Mapping[str, Mapping], b: Mapping[str, Mapping]) -> dict:
    """Two models under each test: ``obstacles``, or scores by :data:`TESTS`."""
    found = {test: compare_reports(a[test], b[test]) for test in TESTS}
    for own in found.values():
        if not own['comparable']:
            return dict(obstacles=own['obstacles'])
    return {test: own['scores']['mIoU'] for test, own in found.items()}


def _between(first: str, second: str, found: Mapping) -> list[str]:
    if 'obstacles' in found:
        names = ', '.join(found['obstacles'])
        return [f'{second} and {first} cannot be compared: they differ in {names}.']
    rows = [[test, *_cells(found[test])] for test in TESTS]
    return [
        markdown_table(['', first, second, 'difference', '95 % interval', ''], rows)
    ]


def _cells(score: Mapping[str, float]) -> list[str]:
    return [
        f'{score["a"]:.2f}',
        f'{score["b"]:.2f}',
        f'{score["difference"]:+.2f}',
        f'{score["lower"]:+.2f} to {score["upper"]:+.2f}',
        '*' if excludes_zero(score) else '',
    ]


def _picture(scores: Mapping[str, Mapping[str, Mapping]]) -> bytes:
    """Two bars for each model."""
    figure = new_figure(max(6.0, 1.6 * len(scores) + 3))
    axes = figure.subplots()
    places = np.arange(len(scores))
    for shift, (key, label) in enumerate(zip('ab', TESTS)):
        heights = [own['mIoU'][key] for own in scores.values()]
        bars = axes.bar(places + 0.4 * shift - 0.2, heights, 0.4, label=label)
        axes.bar_label(bars, fmt='%.1f')
    axes.set_xticks(places, list(scores), rotation=15, ha='right')
    axes.set_ylabel('mIoU (%)')
    figure.legend(ncols=2, loc='outside upper center')
    return png_of(figure)
