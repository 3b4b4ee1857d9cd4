"""mIoU and FB-IoU over episodes, exact on any number of processes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..registry import METRICS
from .functional import episode_counts
from .report import (
    build_report,
    format_table,
    mean_over_seeds,
    score_by_seed,
    write_report,
)


@METRICS.register_module()
class FewShotIoUMetric(BaseMetric):
    """Intersection and union, summed over all episodes of a class, divided once.

    Gives ``mIoU`` (mean over the classes of the episodes), ``FBIoU`` (background and
    foreground, whatever the class) and ``IoU_<class>``, in percent. Where the sampler
    draws several lists, each value is the mean over them, and ``mIoU_std`` is given.

    Scores are taken at the size of ``gt_sem_seg``: load the query's mask behind the
    resizing to score at the original size. Each process counts its own episodes; they
    are put together by seed and number, so that none counts twice and their order does
    not depend on the processes.

    Args:
        ignore_index (int): Pixels of this value count nowhere. Defaults to 255.
        report (str, optional): Path of a JSON report; the table goes beside it.
            Defaults to None.
        provenance (dict, optional): Config, checkpoint and the like, for the report.
    """

    default_prefix = ''  # the names are those that checkpoints are chosen by

    def __init__(
        self,
        ignore_index: int = 255,
        report: str | None = None,
        provenance: dict | None = None,
    ) -> None:
        super().__init__()
        self.ignore_index = ignore_index
        self.report, self.provenance = report, provenance

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count a batch's episodes; one record each."""
        for sample in data_samples:
            target = sample['gt_sem_seg']['data'].squeeze(0)
            prediction = sample['pred_sem_seg']['data'].squeeze(0).to(target.device)
            size = tuple(target.shape)
            self.results.append(
                dict(
                    seed=sample['seed'],
                    number=sample['number'],
                    class_id=sample['class_id'],
                    query=sample['query_name'],
                    supports=list(sample['support_names']),
                    resolution='original'
                    if size == tuple(sample['ori_shape'])
                    else f'{size[0]} x {size[1]}',
                    diverged=sample.get('diverged', False),
                    counts=episode_counts(prediction, target, self.ignore_index),
                )
            )

    def evaluate(self, size: int) -> dict[str, float]:
        """Put all processes' records together and score them.

        Args:
            size (int): Length of the data set, given by the loop and not used: the
                number of episodes is the sampler's.
        """
        records = {
            (record['seed'], record['number']): record
            for part in all_gather_object(self.results)
            for record in part
        }
        self.results.clear()
        metrics = [None]
        if is_main_process():
            metrics = [self.compute_metrics([records[k] for k in sorted(records)])]
        broadcast_object_list(metrics)
        return metrics[0]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Scores of all records; prints and writes the report if one is asked for.

        Raises:
            ValueError: If there is no record.
            OSError: If the report cannot be written; it has been printed by then.
        """
        if not results:
            raise ValueError('no episode was evaluated; check the sampler')
        self._warn_of_absent_classes(results)
        if self.report is not None:
            report = build_report(results, self.dataset_meta, self.provenance)
            print_log(f'\n{format_table(report)}\nreport: {self.report}', 'current')
            write_report(self.report, report)
        return mean_over_seeds(score_by_seed(results, self.dataset_meta['classes']))

    def _warn_of_absent_classes(self, results: list[dict]) -> None:
        """Warn where a list leaves out a class, which the mean then lacks."""
        expected = set(self.dataset_meta.get('episode_classes', ()))
        for seed in {r['seed'] for r in results}:
            seen = {r['class_id'] for r in results if r['seed'] == seed}
            absent = [self.dataset_meta['classes'][c - 1] for c in expected - seen]
            if absent:
                print_log(
                    f'seed {seed} has no episode of {sorted(absent)}: its mIoU is a '
                    'mean over the other classes; raise num_episodes',
                    'current',
                    logging.WARNING,
                )
