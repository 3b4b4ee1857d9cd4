"""What a test leaves behind: reports, lines of the ledger, a table of several tests."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from mmengine.logging import print_log
from mmengine.runner import TestLoop

from ..datasets import FewShotSegDataset
from ..engine import LabelStoppedTestLoop
from ..engine.training_history import TrainingHistory
from ..episodes import FixedEpisodeSampler
from ..evaluation import FewShotIoUMetric, JointTestMetric
from ..evaluation.ledger import append_to_ledger, ledger_row
from ..evaluation.report import build_report, write_report
from ..evaluation.report_text import format_report
from ..evaluation.summary import format_summary
from ..protocols.test_description import describe_test
from ..utils.files import write_atomically


@dataclass
class _Measured:
    """One test behind its run: what was drawn from what, and the records of it."""

    dataset: FewShotSegDataset
    sampler: FixedEpisodeSampler
    metric: FewShotIoUMetric


def write_reports(
    loop: TestLoop,
    tests: Mapping[str, Mapping],
    provenance: Mapping,
    path: Path,
    past: TrainingHistory | None = None,
) -> None:
    """Print and write all that a test has measured; for the main process.

    Each test has a report and a line in ``ledger.csv`` beside it. Where several ran at
    once, their names go behind the stem of ``path``, and a table of all is ``.md``.

    Args:
        loop (TestLoop): Behind its run.
        tests (Mapping[str, Mapping]): Name of the test to its source and deviations;
            see :func:`.write_tests`. Empty for a test that follows no protocol.
        provenance (Mapping): What stands behind the numbers, of all tests.
        path (Path): Of the JSON report.
        past (TrainingHistory, optional): Of the weights. Defaults to None: not known,
            and not looked into.

    Raises:
        OSError: If a report cannot be written; it has been printed by then.
    """
    measured, reports = _measured(loop), {}
    for name, test in measured.items():
        rules = tests.get(name) or next(iter(tests.values()), dict(deviations=[]))
        reports[name] = build_report(
            test.metric.records,
            test.dataset.metainfo,
            provenance | _of_this_run(loop, test, past or TrainingHistory()),
            describe_test(
                test.dataset,
                test.sampler,
                test.metric,
                rules,
                provenance.get('training'),
            ),
        )
        several = len(measured) > 1
        own = path.with_stem(f'{path.stem}_{name}') if several else path
        print_log(f'\n{format_report(reports[name])}\n\nreport: {own}', 'current')
        write_report(own, reports[name])
        _add_to_ledger(reports[name], own)
    if len(reports) > 1:
        num_tasks = len(loop.dataloader.sampler.episodes)
        _write_summary(format_summary(reports, num_tasks), path.with_suffix('.md'))


def require_places(path: Path, names: Sequence[str], show_dir: str | None) -> None:
    """Check, before a test, that what it leaves behind replaces no file of a user's.

    A former report may be replaced, and its text.

    Args:
        path (Path): Of the JSON report.
        names (Sequence[str]): Of the tests; none or one where there is no table.
        show_dir (str, optional): Folder for pictures.

    Raises:
        FileExistsError: If another file is there.
        IsADirectoryError: If a folder has the name of a report.
        NotADirectoryError: If a file has the name of the folder for pictures.
    """
    reports = [path.with_stem(f'{path.stem}_{name}') for name in names]
    for own in reports if len(names) > 1 else [path]:
        if own.is_dir():
            raise IsADirectoryError(f'report {str(own)!r} is a folder; give a file')
        text = own.with_suffix('.md')
        if text == own:
            raise ValueError(f'report {str(own)!r}: call it .json; its text is .md')
        for file in (own, text):
            if file.exists() and not _is_report(own):
                raise FileExistsError(
                    f'{str(file)!r} is there, and is no report: give another --report'
                )
    if show_dir is not None and Path(show_dir).is_file():
        raise NotADirectoryError(
            f'{show_dir!r} is a file: give a folder for the pictures'
        )


def _is_report(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {'protocol', 'provenance'} <= found.keys()


def few_shot_metric(loop: TestLoop) -> FewShotIoUMetric | JointTestMetric:
    """The metric whose records are reported.

    Raises:
        ValueError: If there is not exactly one.
    """
    kinds = FewShotIoUMetric, JointTestMetric
    found = [metric for metric in loop.evaluator.metrics if isinstance(metric, kinds)]
    if len(found) != 1:
        raise ValueError(
            f'test_evaluator has {len(found)} FewShotIoUMetric, expected one: a report '
            'is made of its records'
        )
    return found[0]


def _measured(loop: TestLoop) -> dict[str | None, _Measured]:
    """The tests of a loop by name, which is None for a single one."""
    metric = few_shot_metric(loop)
    dataset, sampler = loop.dataloader.dataset, loop.dataloader.sampler
    if not isinstance(metric, JointTestMetric):
        return {None: _Measured(dataset, sampler, metric)}
    return {
        name: _Measured(dataset.datasets[name], sampler.samplers[name], own)
        for name, own in metric.metrics.items()
    }


def _of_this_run(loop: TestLoop, test: _Measured, past: TrainingHistory) -> dict:
    """What only the parts that ran know of a number."""
    known = dict(identical_inputs=test.sampler.identical_inputs)
    if past.classes:
        tested = test.dataset.candidates.class_names.values()
        if trained_classes := past.among(tested):
            known['trained_classes'] = trained_classes
    if len(past.images):
        trained, total = past.images_among([test.dataset])
        known['trained_images'] = f'{trained} of {total}' if trained else None
    if isinstance(loop, LabelStoppedTestLoop):
        known['label_stopped_passes'] = loop.chosen_passes
    return known


def _add_to_ledger(report: Mapping, path: Path) -> None:
    try:
        row = ledger_row(report, path, datetime.now(timezone.utc))
        append_to_ledger(path.parent / 'ledger.csv', row)
    except (OSError, ValueError) as error:  # the report is there: nothing is lost
        print_log(f'no line in the ledger: {error}', 'current', logging.ERROR)


def _write_summary(text: str, path: Path) -> None:
    print_log(f'\n{text}\n\nsummary: {path}', 'current')
    write_atomically(path, lambda file: file.write(f'{text}\n'.encode()))
