"""Spearman's rank correlation, of the data and of bootstrap resamples at once.

A resample is how often each value was drawn. With these numbers as weights, ranks and
correlation are those of the list that was drawn, so that nothing is sorted anew.

Shape letters: R resamples, N values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluation.bootstrap import NUM_RESAMPLES, percentile_interval


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rank of each value in lists that hold it ``weights`` times; ties share theirs.

    Args:
        values (np.ndarray): (N,).
        weights (np.ndarray): (R, N), whole numbers from 0 on.

    Returns:
        np.ndarray: (R, N) float64, from 1 on; without meaning where the weight is 0.
    """
    distinct, groups = np.unique(values, return_inverse=True)
    sums = np.zeros((len(weights), len(distinct)))
    for n, group in enumerate(groups):
        sums[:, group] += weights[:, n]
    below = np.cumsum(sums, 1) - sums
    return (below + (sums + 1) / 2)[:, groups]


def rank_correlations(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Spearman's coefficient of each list.

    Args:
        x (np.ndarray): (N,).
        y (np.ndarray): (N,).
        weights (np.ndarray, optional): (R, N), how often each pair is in a list.
            Defaults to None: one list, with each of them once.

    Returns:
        np.ndarray: (R,), in [-1, 1]; nan where all x or all y are equal.
    """
    weights = np.ones((1, len(x))) if weights is None else weights
    total = weights.sum(1, keepdims=True)
    centred = []
    for values in (x, y):
        ranks = weighted_ranks(values, weights)
        centred.append(ranks - (weights * ranks).sum(1, keepdims=True) / total)
    a, b = centred
    both = (weights * a * b).sum(1)
    spread = np.sqrt((weights * a * a).sum(1) * (weights * b * b).sum(1))
    return np.divide(both, spread, out=np.full(len(both), np.nan), where=spread > 0)


def correlation_within_classes(
    class_ids: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    num_resamples: int = NUM_RESAMPLES,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Mean of the classes' rank correlations, each weighted by its episodes.

    What tells classes apart (cows are larger than sheep) has no part in it.

    Args:
        class_ids (np.ndarray): (N,).
        x (np.ndarray): (N,).
        y (np.ndarray): (N,).
        num_resamples (int): Of the bootstrap over each class's episodes. Defaults to
            2000.
        seed (int): Of the same. Defaults to 0.

    Returns:
        tuple[float, float, float]: The mean and the bounds of its 95 % interval; nan
        where no class has different values of both.
    """
    random = np.random.Generator(np.random.Philox(seed))
    measured, drawn, sizes = [], [], []
    for class_id in np.unique(class_ids):
        own = class_ids == class_id
        size = int(own.sum())
        counts = random.multinomial(size, [1 / size] * size, num_resamples)
        measured.append(rank_correlations(x[own], y[own])[0])
        drawn.append(rank_correlations(x[own], y[own], counts))
        sizes.append(size)
    mean = weighted_mean(np.array(measured), sizes)
    means = weighted_mean(np.stack(drawn, 1), sizes)
    lower, upper = percentile_interval(means[:, None], mean[None])[:, 0]
    return float(mean), float(lower), float(upper)


def weighted_mean(values: np.ndarray, weights: Sequence[int]) -> np.ndarray:
    """Mean over the last dimension of what is a number; nan where nothing is."""
    shares = np.where(np.isnan(values), 0.0, np.asarray(weights, float))
    total = shares.sum(-1)
    sums = (np.nan_to_num(values) * shares).sum(-1)
    return np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)
