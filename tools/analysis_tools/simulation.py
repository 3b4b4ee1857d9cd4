"""Episodes of models whose true score is known, to see what an interval is worth.

Each class has a finite population of episodes, from which lists are drawn as a sampler
draws them; the truth is computed from the whole population. Objects' sizes are skewed,
larger objects are segmented better, some are missed altogether, and two models that are
compared fail on much the same episodes.

Shape letters: C classes, P episodes of a class's population, M models, E episodes of
all lists, V values: mIoU, FBIoU and the IoU of each class, 2 + C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fss_mm.evaluation.bootstrap import EpisodeCounts, sort_episodes

NUM_PIXELS = 473 * 473


@dataclass(frozen=True, eq=False)
class Population:
    """All episodes that can be drawn.

    Args:
        counts (np.ndarray): (C, P, 4 M) int64: foreground intersection and union,
            background intersection and union, of each model.
    """

    counts: np.ndarray

    def draw(
        self, random: np.random.Generator, num_seeds: int, num_episodes: int
    ) -> EpisodeCounts:
        """Lists of ``num_episodes`` episodes each, the classes in turn."""
        num_classes, size, _ = self.counts.shape
        seeds = np.repeat(np.arange(num_seeds), num_episodes)
        places = np.tile(np.arange(num_episodes) % num_classes, num_seeds)
        picks = random.integers(0, size, len(places))
        return sort_episodes(seeds, places, self.counts[places, picks])


def build_population(
    num_classes: int = 5, size: int = 2000, num_models: int = 1, seed: int = 0
) -> Population:
    """A population in which IoUs of single episodes go from 0 to 1.

    Args:
        num_classes (int): Defaults to 5.
        size (int): Episodes of each class. Defaults to 2000.
        num_models (int): Models that are scored on each episode. Defaults to 1.
        seed (int): Of all that is drawn. Defaults to 0.
    """
    random = np.random.Generator(np.random.Philox(seed))
    shape = num_classes, size
    area = np.exp(random.normal(-2.5, 1.2, shape)).clip(0.002, 0.9) * NUM_PIXELS
    ease = random.normal(np.linspace(-1, 1.2, num_classes)[:, None], 1.4, shape)
    ease += 0.4 * np.log(area / area.mean())
    luck, excess = random.random(shape), random.normal(0, 0.5, shape)
    counts = []
    for model in range(num_models):
        own = random.normal(0, 0.2, (2, *shape))  # the rest is the same for all models
        found = area * np.exp(excess + own[0])
        counts.append(_counts(area, found, ease + 0.3 * model + own[1], luck))
    return Population(np.concatenate(counts, -1))


def _counts(
    area: np.ndarray, found: np.ndarray, ease: np.ndarray, luck: np.ndarray
) -> np.ndarray:
    """Counts (C, P, 4) of a model that finds ``found`` of ``area`` (C, P) pixels."""
    iou = 1 / (1 + np.exp(-ease))
    iou *= luck > 0.1 * (1 - iou)  # some objects are missed altogether
    found = np.minimum(found, 0.95 * NUM_PIXELS)
    both = np.minimum(iou / (1 + iou) * (area + found), np.minimum(area, found))
    both = both.astype(np.int64)
    either = np.minimum((area + found).astype(np.int64) - both, NUM_PIXELS)
    return np.stack([both, either, NUM_PIXELS - either, NUM_PIXELS - both], -1)


def true_scores(population: Population, model: int = 0) -> np.ndarray:
    """Scores (V,) of endless lists of episodes, in percent."""
    sums = population.counts[..., 4 * model : 4 * model + 4].sum(1, dtype=float)
    iou = sums[:, 0] / sums[:, 1]
    fg_i, fg_u, bg_i, bg_u = sums.sum(0)
    both = (fg_i / fg_u + bg_i / bg_u) / 2
    return 100 * np.array([iou.mean(), both, *iou])


def simulate_intervals(
    population: Population,
    interval: Callable[[EpisodeCounts], np.ndarray],
    num_seeds: int,
    num_episodes: int,
    repetitions: int,
    seed: int = 0,
) -> np.ndarray:
    """Draw the lists again and again, with an interval from each set of lists.

    Args:
        population (Population): Where episodes are drawn from.
        interval (Callable): From the episodes to bounds (..., 2, V).
        num_seeds (int): Lists of a set.
        num_episodes (int): Episodes of a list.
        repetitions (int): Sets of lists.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        np.ndarray: (repetitions, ..., 2, V).
    """
    random = np.random.Generator(np.random.Philox([seed, 1]))
    return np.stack(
        [
            interval(population.draw(random, num_seeds, num_episodes))
            for _ in range(repetitions)
        ]
    )


def coverage(bounds: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Share (..., V) of bounds (repetitions, ..., 2, V) that hold ``truth`` (V,)."""
    inside = (bounds[..., 0, :] <= truth) & (truth <= bounds[..., 1, :])
    return inside.mean(0)
