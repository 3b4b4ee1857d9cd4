"""mIoU and FB-IoU over episodes, exact on any number of processes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timezone

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..registry import METRICS
from .functional import episode_counts
from .ledger import append_to_ledger, ledger_row
from .protocol_block import check_protocol_block
from .report import build_report, write_report
from .report_text import format_report
from .scores import mean_over_seeds, score_by_seed
from .scoring import check_scoring, prediction_and_target


@METRICS.register_module()
class FewShotIoUMetric(BaseMetric):
    """Intersection and union, summed over all episodes of a class, divided once.

    Gives ``mIoU`` (mean over the classes of the episodes), ``FBIoU`` (background and
    foreground, whatever the class) and ``IoU_<class>``, in percent. Where the sampler
    draws several lists, each value is the mean over them, and ``mIoU_std`` is given.

    Each process counts its own episodes; they
    are put together by seed and number, so that none counts twice and their order does
    not depend on the processes.

    Args:
        ignore_index (int): Pixels of this value count nowhere. Defaults to 255.
        score_size (str | Sequence[int]): At which size masks are compared: 'mask', that
            of the query's mask (load it behind the resizing to score at the original
            size); 'original', the same, and an error where it is another; 'input', that
            of the network's input; or (height, width). Defaults to 'mask'.
        void (str): 'ignore', or 'background' to count ignored pixels as background.
            Defaults to 'ignore'.
        report (str, optional): Path of a JSON report; its text goes beside it as
            ``.md``. Defaults to None: no report, and no interval is computed.
        provenance (dict, optional): Config, checkpoint and the like, for the report.
        protocol (dict, optional): Name, rules and deviations, for the report; see
            :mod:`.protocol_block`. Defaults to None: the data set's name of it.
        ledger (str, optional): CSV file to which each report adds a line. Defaults to
            None.

    Raises:
        ValueError: If ``protocol`` has another form, or size and void are unknown.
    """

    default_prefix = ''  # the names are those that checkpoints are chosen by

    def __init__(
        self,
        ignore_index: int = 255,
        score_size: str | Sequence[int] = 'mask',
        void: str = 'ignore',
        report: str | None = None,
        provenance: dict | None = None,
        protocol: dict | None = None,
        ledger: str | None = None,
    ) -> None:
        super().__init__()
        check_protocol_block(protocol)
        if not isinstance(score_size, str):
            score_size = tuple(score_size)
        check_scoring(score_size, void)
        self.ignore_index, self.score_size, self.void = ignore_index, score_size, void
        self.report, self.provenance = report, provenance
        self.protocol, self.ledger = protocol, ledger
        self.latest_report: dict | None = None

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count a batch's episodes; one record each."""
        for sample in data_samples:
            prediction, target = prediction_and_target(
                sample, self.score_size, self.void, self.ignore_index
            )
            self.results.append(
                dict(
                    seed=sample['seed'],
                    number=sample['number'],
                    class_id=sample['class_id'],
                    query=sample['query_name'],
                    supports=list(sample['support_names']),
                    resolution=self._resolution(sample, tuple(target.shape)),
                    diverged=sample.get('diverged', False),
                    counts=episode_counts(prediction, target, self.ignore_index),
                )
            )

    def _resolution(self, sample: dict, size: tuple[int, int]) -> str:
        """At which size a sample is scored, for the report."""
        loaded = self.score_size in ('mask', 'original')
        if loaded and size == tuple(sample['ori_shape']):
            return 'original'
        return f'{size[0]} x {size[1]}'

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
            self._report(results)
        return mean_over_seeds(score_by_seed(results, self.dataset_meta['classes']))

    def _report(self, results: list[dict]) -> None:
        report = build_report(
            results, self.dataset_meta, self.provenance, self.protocol
        )
        self.latest_report = report
        print_log(f'\n{format_report(report)}\n\nreport: {self.report}', 'current')
        write_report(self.report, report)
        if self.ledger is None:
            return
        try:
            row = ledger_row(report, self.report, datetime.now(timezone.utc))
            append_to_ledger(self.ledger, row)
        except (OSError, ValueError) as error:  # the report is there: nothing is lost
            print_log(f'no line in the ledger: {error}', 'current', logging.ERROR)

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
