"""Episodes with their masks as a test scores them: at its size, by its rule of void.

Shape letters: H W size of the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from mmengine.config import Config
from mmengine.evaluator import Evaluator

from ..evaluation import FewShotIoUMetric
from ..evaluation.scoring import prediction_and_target
from ..structures import Episode
from .streams import predicted_samples
from .subject import Subject


@dataclass(frozen=True)
class ScoredSample:
    """One episode behind a test.

    Args:
        episode (Episode): Which one.
        prediction (np.ndarray): (H, W), uint8: 0 and 1.
        truth (np.ndarray): (H, W), uint8: 0, 1 or 255, which counts nowhere.
        record (dict): As in a report; see :mod:`..evaluation.scores`.
    """

    episode: Episode
    prediction: np.ndarray
    truth: np.ndarray
    record: dict


def scored_samples(
    subject: Subject, episodes: Sequence[Episode] | None = None
) -> Iterator[ScoredSample]:
    """Segment episodes of a subject, each image encoded once, in any order.

    Args:
        subject (Subject): A model and its episodes.
        episodes (Sequence[Episode], optional): Others of its data set. Defaults to
            None: its own.
    """
    metric = metric_of(subject.cfg)
    episodes = subject.episodes if episodes is None else episodes
    for sample in predicted_samples(subject.model, subject.loader, episodes):
        fields = sample.to_dict()
        prediction, truth = prediction_and_target(
            fields, metric.score_size, metric.void, metric.ignore_index
        )
        truth = truth.cpu().numpy().astype(np.uint8)
        truth[truth == metric.ignore_index] = 255
        metric.process({}, [fields])
        yield ScoredSample(
            sample.episode,
            prediction.cpu().numpy().astype(np.uint8),
            truth,
            metric.results.pop(),
        )


def metric_of(cfg: Config) -> FewShotIoUMetric:
    """The metric of a config's test.

    Raises:
        ValueError: If there is not exactly one.
    """
    metrics = Evaluator(cfg.test_evaluator).metrics
    found = [metric for metric in metrics if isinstance(metric, FewShotIoUMetric)]
    if len(found) != 1:
        raise ValueError(
            f'test_evaluator has {len(found)} FewShotIoUMetric, expected one: it says '
            'at which size, and on which pixels, masks are compared'
        )
    return found[0]
