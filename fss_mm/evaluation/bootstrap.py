"""How sure a score is: a bootstrap over the episodes.

The reported score is a mean over seeds; each seed's score sums the counts of a class
over its episodes, divides once and takes the mean over classes. The interval is of
this very number: each resample is a set of lists as long as those measured, scored in
the same way. Its bounds are percentiles of the resamples' scores.

**What is drawn.** For each seed and class as many episodes as the seed has of that
class, with replacement, out of the episodes of that class of *all* seeds. A seed is no
more than the name of a list: the episodes of a class come from one distribution
whatever the seed, so that all of them together are the best picture of it there is.
Drawing within (seed, class) estimates the same spread, but with n episodes of a class
in a seed it is too small by (n - 1) / n, lacks the skew of rare episodes, and a seed's
only episode of a class would not vary at all. tools/analysis_tools/interval_coverage.py
measures both, and other bounds than percentiles.

**What is held fixed.** The number of episodes of each class in each seed. Where the
draw takes classes in turn, that is how it is; where it draws them at random, the
interval is conditional on the numbers that came up: they tell nothing of the model,
and decide how surely a class is known, not what its IoU is. Only FBIoU, which sums over
the classes, is of the very mix of classes that was drawn.

**What the interval covers.** The protocol's expected score of this model, over the
episodes that could have been drawn. Images, classes and weights are fixed: it says
nothing of other images, other classes or another training. Where a draw goes through
all queries without repetition, or seeds share queries on purpose, episodes vary less
than is assumed, and the interval is too wide rather than too narrow. A class with a
single episode in all cannot vary, and adds nothing to the width.

Shape letters: R resamples, S seeds, C classes, M models scored on the same episodes,
N episodes of one class, E of all, V values: mIoU, FBIoU, the IoU of each class: 2 + C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
NUM_RESAMPLES = 2000
CHUNK = 2**20  # episodes drawn at a time: bounds the memory, whatever their number


@dataclass(frozen=True, eq=False)
class EpisodeCounts:
    """Episodes sorted into classes and seeds.

    Args:
        class_ids (np.ndarray): (C,) int64, sorted.
        counts (list[np.ndarray]): For each class (4 M, N) int64: the counts (see
            :mod:`.functional`) of the first model, then of the next.
        sizes (np.ndarray): (S, C) int64: episodes of each class in each seed.
        sums (np.ndarray): (S, C, 4 M) int64: the counts, summed.
    """

    class_ids: np.ndarray
    counts: list[np.ndarray]
    sizes: np.ndarray
    sums: np.ndarray


def sort_episodes(
    seeds: np.ndarray, class_ids: np.ndarray, counts: np.ndarray
) -> EpisodeCounts:
    """Sort episodes into classes and seeds.

    Args:
        seeds (np.ndarray): (E,) int64: each episode's list.
        class_ids (np.ndarray): (E,) int64.
        counts (np.ndarray): (E, 4 M) int64.
    """
    classes, columns = np.unique(class_ids, return_inverse=True)
    names, rows = np.unique(seeds, return_inverse=True)
    sizes = np.zeros((len(names), len(classes)), np.int64)
    np.add.at(sizes, (rows, columns), 1)
    sums = np.zeros((*sizes.shape, counts.shape[1]), np.int64)
    np.add.at(sums, (rows, columns), counts)
    by_class = [
        np.ascontiguousarray(counts[columns == c].T) for c in range(len(classes))
    ]
    return EpisodeCounts(classes, by_class, sizes, sums)


def resampled_sums(
    episodes: EpisodeCounts, num_resamples: int = NUM_RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Sums of counts over resampled lists, the same for the same arguments.

    Returns:
        np.ndarray: (R, S, C, 4 M) int64.
    """
    random = np.random.Generator(np.random.Philox(seed))
    sums = np.zeros((num_resamples, *episodes.sums.shape), np.int64)
    for c, counts in enumerate(episodes.counts):
        for s, size in enumerate(episodes.sizes[:, c]):
            rows = max(1, CHUNK // max(1, size))
            for start in range(0, num_resamples, rows):
                part = sums[start : start + rows, s, c]
                picks = random.integers(0, counts.shape[1], (len(part), size))
                for column, values in enumerate(counts):
                    part[:, column] = values.take(picks).sum(1)
    return sums


def scores_of_sums(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Scores of summed counts, as :func:`.scores.mean_over_seeds` has them.

    Args:
        sums (np.ndarray): (..., S, C, 4).
        sizes (np.ndarray): (S, C) number of episodes. Where it is 0 a seed lacks the
            class, and its mean leaves the class out.

    Returns:
        np.ndarray: (..., V) float64, in percent; nan where a class has neither truth
        nor prediction.
    """
    present = sizes > 0
    ious = np.where(present, _percent(sums[..., 0], sums[..., 1]), 0.0)
    mean_iou = (ious.sum(-1) / present.sum(1)).mean(-1)
    fg_i, fg_u, bg_i, bg_u = np.moveaxis(sums.sum(-2), -1, 0)
    fb_iou = ((_percent(fg_i, fg_u) + _percent(bg_i, bg_u)) / 2).mean(-1)
    by_class = ious.sum(-2) / present.sum(0)
    return np.concatenate([mean_iou[..., None], fb_iou[..., None], by_class], -1)


def measured_scores(episodes: EpisodeCounts) -> np.ndarray:
    """Scores of the episodes as they are: (M, V)."""
    return _scores_by_model(episodes.sums, episodes.sizes)


def resampled_scores(
    episodes: EpisodeCounts, num_resamples: int = NUM_RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Scores of resampled lists, the same episodes for all models: (R, M, V)."""
    sums = resampled_sums(episodes, num_resamples, seed)
    return _scores_by_model(sums, episodes.sizes)


def percentile_interval(
    resampled: np.ndarray, measured: np.ndarray, level: float = LEVEL
) -> np.ndarray:
    """The middle share ``level`` of the resamples.

    Resamples without a value (a class without truth or prediction) are left out.

    Args:
        resampled (np.ndarray): (R, V).
        measured (np.ndarray): (V,): where it is nan, so are the bounds.
        level (float): Defaults to 0.95.

    Returns:
        np.ndarray: (2, V), lower and upper bounds.
    """
    known = ~np.isnan(measured) & ~np.isnan(resampled).all(0)
    bounds = np.full((2, len(measured)), np.nan)
    tails = (1 - level) / 2, (1 + level) / 2
    # Weibull's way to interpolate leaves the tails their size with few resamples, too
    for v in np.flatnonzero(known):
        defined = resampled[~np.isnan(resampled[:, v]), v]
        bounds[:, v] = np.quantile(defined, tails, method='weibull')
    return bounds


def _scores_by_model(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    parts = np.split(sums, sums.shape[-1] // 4, axis=-1)
    return np.stack([scores_of_sums(part, sizes) for part in parts], -2)


def _percent(intersection: np.ndarray, union: np.ndarray) -> np.ndarray:
    ratio = np.full(union.shape, np.nan)
    return 100 * np.divide(intersection, union, out=ratio, where=union > 0)
