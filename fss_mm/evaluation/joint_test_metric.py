"""Scores of several tests that share their episodes."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.dist import all_gather_object, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..registry import METRICS
from ..utils.files import write_atomically
from .summary import format_summary


@METRICS.register_module()
class JointTestMetric(BaseMetric):
    """A metric for each test: each gets the episodes that are in its own lists.

    An episode that is segmented once counts in each list that has it, under that
    test's size and treatment of unlabelled pixels. Scores are those of each test alone.

    Args:
        tests (dict[str, dict]): Name of the test to its metric. Scores come back with
            the name in front, such as 'pfenet/mIoU'.
        summary (str, optional): Markdown file for a table of all tests, where they
            write reports. Defaults to None.
    """

    default_prefix = ''

    def __init__(self, tests: dict[str, dict], summary: str | None = None) -> None:
        super().__init__()
        self.summary, self.num_tasks = summary, 0
        self.metrics = {name: METRICS.build(metric) for name, metric in tests.items()}

    @property
    def dataset_meta(self) -> dict | None:
        """That of the JointTestDataset."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        self._dataset_meta = meta
        for name, metric in self.metrics.items():
            metric.dataset_meta = meta['datasets'][name]

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Hand each episode to the tests that it is of."""
        self.num_tasks += len(data_samples)
        for sample in data_samples:
            for name, seed, number in sample['places']:
                placed = dict(sample, seed=seed, number=number)
                self.metrics[name].process(data_batch, [placed])

    def evaluate(self, size: int) -> dict[str, float]:
        """Score each test.

        Args:
            size (int): Given by the loop and not used.
        """
        scores = {
            f'{name}/{key}': value
            for name, metric in self.metrics.items()
            for key, value in metric.evaluate(size).items()
        }
        num_tasks, self.num_tasks = sum(all_gather_object(self.num_tasks)), 0
        if self.summary is not None and is_main_process():
            self._summarize(num_tasks)
        return scores

    def _summarize(self, num_tasks: int) -> None:
        reports = {name: metric.latest_report for name, metric in self.metrics.items()}
        text = format_summary(reports, num_tasks)
        print_log(f'\n{text}\n\nsummary: {self.summary}', 'current')
        write_atomically(self.summary, lambda file: file.write(f'{text}\n'.encode()))

    def compute_metrics(self, results: list) -> dict:
        """Not used: each test's metric has its own."""
        raise NotImplementedError
