"""Means over folds with their intervals, of one row and of two rows' difference.

A row of a paper's table is a mean over folds, whose classes and images differ. Each
fold's episodes are redrawn as :mod:`.bootstrap` says, independently of the other
folds', and all that were scored on the same episodes (the trainings of a row, or of two
rows) with the same draws. What is held fixed is the same, the trainings among it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .bootstrap import (
    NUM_RESAMPLES,
    measured_scores,
    percentile_interval,
    resampled_scores,
)
from .comparability import obstacles
from .scores import sort_records

SCORES = ('mIoU', 'FBIoU')
Reports = Sequence[Mapping]


def mean_over_folds(
    folds: Sequence[Reports], num_resamples: int = NUM_RESAMPLES
) -> dict[str, dict[str, float]]:
    """A row's scores: the mean over folds of the mean over trainings.

    Args:
        folds (Sequence[Reports]): Of each fold the reports of its trainings, on the
            same episodes.
        num_resamples (int): Of the bootstrap. Defaults to 2000.

    Returns:
        dict: 'mIoU' and 'FBIoU', each with ``mean``, ``lower`` and ``upper``, in
        percent.

    Raises:
        ValueError: If the reports of a fold are of other episodes.
    """
    weights = [np.full(len(reports), 1 / len(reports)) for reports in folds]
    return _over_folds(folds, weights, num_resamples, 'mean')


def difference_over_folds(
    first: Sequence[Reports],
    second: Sequence[Reports],
    num_resamples: int = NUM_RESAMPLES,
) -> dict[str, dict[str, float]]:
    """Second row less first, paired over the episodes.

    Args:
        first (Sequence[Reports]): As in :func:`mean_over_folds`.
        second (Sequence[Reports]): Of the same folds in the same order.
        num_resamples (int): Of the bootstrap. Defaults to 2000.

    Returns:
        dict: As of :func:`mean_over_folds`, with ``difference`` for ``mean``.

    Raises:
        ValueError: If they are not comparable.
    """
    weights = [
        np.r_[np.full(len(a), -1 / len(a)), np.full(len(b), 1 / len(b))]
        for a, b in zip(first, second)
    ]
    both = [[*a, *b] for a, b in zip(first, second)]
    return _over_folds(both, weights, num_resamples, 'difference')


def _over_folds(
    folds: Sequence[Reports],
    weights: Sequence[np.ndarray],
    num_resamples: int,
    name: str,
) -> dict[str, dict[str, float]]:
    drawn = np.zeros((num_resamples, len(SCORES)))
    measured = np.zeros(len(SCORES))
    for number, (reports, own) in enumerate(zip(folds, weights)):
        _require_comparable(reports)
        episodes = sort_records(*(report['episodes'] for report in reports))
        scores = resampled_scores(episodes, num_resamples, seed=number)
        drawn += np.einsum('m,rmv->rv', own, scores[..., : len(SCORES)]) / len(folds)
        of_all = measured_scores(episodes)[:, : len(SCORES)]
        measured += own @ of_all / len(folds)
    lower, upper = percentile_interval(drawn, measured)
    return {
        score: {
            name: float(measured[i]),
            'lower': float(lower[i]),
            'upper': float(upper[i]),
        }
        for i, score in enumerate(SCORES)
    }


def _require_comparable(reports: Reports) -> None:
    for other in reports[1:]:
        found = obstacles(reports[0], other)
        if found:
            raise ValueError(f'not comparable: {", ".join(found)} differ')
