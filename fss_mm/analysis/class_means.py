"""Ratios of pixel counts by class, their mean over classes, and intervals of both.

As mIoU is made: counts are summed over a class's episodes, divided once, and the mean
is taken over the classes. The intervals are those of :mod:`..evaluation.bootstrap`.
Lists of several seeds are one list here.

Shape letters: E episodes, C classes, D counts of an episode, V ratios, R resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..evaluation.bootstrap import (
    NUM_RESAMPLES,
    percentile_interval,
    resampled_sums,
    sort_episodes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ratios = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Figure:
    """A number and its 95 % interval; all nan where there is none.

    Args:
        value (float): As measured.
        lower (float): Lower bound.
        upper (float): Upper bound.
    """

    value: float
    lower: float
    upper: float

    def text(self, decimals: int = 1) -> str:
        """'52.3 (48.0 to 56.1)', or '-'."""
        if np.isnan(self.value):
            return '-'
        value, lower, upper = (
            f'{x:.{decimals}f}' for x in (self.value, self.lower, self.upper)
        )
        return f'{value} ({lower} to {upper})'

    def json(self) -> dict[str, float]:
        """As JSON has it."""
        return dict(value=self.value, lower=self.lower, upper=self.upper)


@dataclass(frozen=True)
class CountedEpisodes:
    """Counts of all episodes of a model, in any order.

    Args:
        class_ids (np.ndarray): (E,) int64.
        counts (np.ndarray): (E, D) int64; the analysis names the D counts.
    """

    class_ids: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class ClassFigures:
    """Ratios of all classes.

    Args:
        by_class (dict[int, dict[str, Figure]]): Class id to name of the ratio to its
            figure.
        mean (dict[str, Figure]): Mean over the classes that have a value.
        num_episodes (dict[int, int]): Of each class.
    """

    by_class: Mapping[int, Mapping[str, Figure]]
    mean: Mapping[str, Figure]
    num_episodes: Mapping[int, int]

    def json(self, classes: Sequence[str]) -> dict:
        """As JSON has it, classes by name."""
        return dict(
            mean={name: figure.json() for name, figure in self.mean.items()},
            by_class={
                classes[c - 1]: {name: figure.json() for name, figure in own.items()}
                for c, own in self.by_class.items()
            },
            num_episodes={
                classes[c - 1]: number for c, number in self.num_episodes.items()
            },
        )


def class_figures(
    class_ids: np.ndarray,
    counts: np.ndarray,
    ratios: Ratios,
    names: Sequence[str],
    num_resamples: int = NUM_RESAMPLES,
) -> ClassFigures:
    """Ratios of each class and their means, with intervals.

    Args:
        class_ids (np.ndarray): (E,).
        counts (np.ndarray): (E, D) int64.
        ratios (Callable): Summed counts (..., D) to ratios (..., V), nan where there is
            none.
        names (Sequence[str]): V names.
        num_resamples (int): Defaults to 2000.
    """
    episodes = sort_episodes(np.zeros_like(class_ids), class_ids, counts)
    measured = ratios(episodes.sums[0])  # (C, V)
    drawn = ratios(resampled_sums(episodes, num_resamples)[:, 0])  # (R, C, V)
    means = defined_mean(measured)
    bounds = percentile_interval(defined_mean(drawn), means)
    flat = drawn.reshape(len(drawn), -1)
    lower, upper = percentile_interval(flat, measured.ravel()).reshape(
        2, *measured.shape
    )
    ids = episodes.class_ids.tolist()
    return ClassFigures(
        {
            c: _figures(names, measured[i], lower[i], upper[i])
            for i, c in enumerate(ids)
        },
        _figures(names, means, *bounds),
        dict(zip(ids, episodes.sizes[0].tolist())),
    )


def percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """100 part / whole; nan where the whole is 0."""
    ratio = np.full(np.shape(whole), np.nan)
    return 100 * np.divide(part, whole, out=ratio, where=np.asarray(whole) > 0)


def defined_mean(values: np.ndarray) -> np.ndarray:
    """Mean over classes (..., C, V) that have a value: (..., V); nan if none has."""
    known = ~np.isnan(values)
    number = known.sum(-2)
    sums = np.where(known, values, 0.0).sum(-2)
    return np.divide(sums, number, out=np.full(sums.shape, np.nan), where=number > 0)


def _figures(names: Sequence[str], *columns: np.ndarray) -> dict[str, Figure]:
    return {n: Figure(*map(float, own)) for n, own in zip(names, zip(*columns))}


def draw_means(
    axes: Axes, figures: Mapping[str, ClassFigures], names: Sequence[str]
) -> None:
    """Bars of means with their intervals, models side by side.

    Args:
        axes (Axes): Of matplotlib; a place for each name, from 0.
        figures (Mapping[str, ClassFigures]): Of each model by its name.
        names (Sequence[str]): Which ratios, from left to right.
    """
    width, places = 0.8 / len(figures), np.arange(len(names))
    for number, (model, own) in enumerate(figures.items()):
        shown = [own.mean[name] for name in names]
        values = np.array([x.value for x in shown])
        errors = [
            [x.value - x.lower for x in shown],
            [x.upper - x.value for x in shown],
        ]
        shift = (number - (len(figures) - 1) / 2) * width
        axes.bar(places + shift, values, width, yerr=errors, capsize=3, label=model)
    axes.legend()
