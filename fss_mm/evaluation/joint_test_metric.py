"""Scores of several tests that share their episodes."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.evaluator import BaseMetric

from ..registry import METRICS


@METRICS.register_module()
class JointTestMetric(BaseMetric):
    """A metric for each test: each gets the episodes that are in its own lists.

    An episode that is segmented once counts in each list that has it, under that
    test's size and treatment of unlabelled pixels. Scores are those of each test alone.

    Args:
        tests (dict[str, dict]): Name of the test to its metric. Scores come back with
            the name in front, such as 'pfenet/mIoU'.
    """

    default_prefix = ''

    def __init__(self, tests: dict[str, dict]) -> None:
        super().__init__()
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
        for sample in data_samples:
            for name, seed, number in sample['places']:
                placed = dict(sample, seed=seed, number=number)
                self.metrics[name].process(data_batch, [placed])

    def evaluate(self, size: int) -> dict[str, float]:
        """Score each test.

        Args:
            size (int): Given by the loop and not used.
        """
        return {
            f'{name}/{key}': value
            for name, metric in self.metrics.items()
            for key, value in metric.evaluate(size).items()
        }

    def compute_metrics(self, results: list) -> dict:
        """Not used: each test's metric has its own."""
        raise NotImplementedError
