"""mIoU and FB-IoU over episodes, exact on any number of processes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..registry import METRICS
from .empty_masks import count_masks, describe_empty_masks, shown_pixels
from .functional import episode_counts
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

    Attributes:
        records (list[dict]): All episodes of the last evaluation, sorted by seed and
            number, on the main process; :mod:`.scores` says what a record is.

    Raises:
        ValueError: If size or void are unknown.
    """

    default_prefix = ''  # the names are those that checkpoints are chosen by

    def __init__(
        self,
        ignore_index: int = 255,
        score_size: str | Sequence[int] = 'mask',
        void: str = 'ignore',
    ) -> None:
        super().__init__()
        if not isinstance(score_size, str):
            score_size = tuple(score_size)
        check_scoring(score_size, void)
        self.ignore_index, self.score_size, self.void = ignore_index, score_size, void
        self.records: list[dict] = []
        self._told: set[str] = set()

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
                    **shown_pixels(sample, int((target == 1).sum())),
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
            self.records = [records[key] for key in sorted(records)]
            metrics = [self.compute_metrics(self.records)]
        broadcast_object_list(metrics)
        return metrics[0]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Scores of all records.

        Raises:
            ValueError: If there is no record.
        """
        if not results:
            raise ValueError('no episode was evaluated; check the sampler')
        self._warn_of_absent_classes(results)
        self._warn_of_empty_masks(results)
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

    def _warn_of_empty_masks(self, results: list[dict]) -> None:
        """Warn of classes that masks do not show, of each class once."""
        counts = count_masks(results, self.dataset_meta['classes'])
        new = {name: counts[name] for name in counts.keys() - self._told}
        text = describe_empty_masks(new)
        if text:
            print_log(text, 'current', logging.WARNING)
        self._told |= {name for name, own in new.items() if own.describe()}
