"""Episodes sorted into bins by a value, and the score in each bin.

Shape letters: E episodes, B bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .class_means import Figure, class_figures, defined_mean, percent


@dataclass(frozen=True)
class Bin:
    """The episodes whose value lies in a range.

    Args:
        lower (float): Lowest value that belongs to it.
        upper (float): What values are below; that of the last bin belongs to it.
        num_episodes (int): How many have such a value.
        num_queries (int): How many different queries these have.
        num_classes (int): Of how many classes they are.
        miou (Figure): Counts summed by class, mean over these classes; nan for none.
        mean_iou (float): Mean of the episodes' own IoU, in which small objects weigh as
            much as large ones; nan for none.
    """

    lower: float
    upper: float
    num_episodes: int
    num_queries: int
    num_classes: int
    miou: Figure
    mean_iou: float


def quantile_edges(values: np.ndarray, num_bins: int) -> np.ndarray:
    """Edges of bins with about as many episodes each.

    Args:
        values (np.ndarray): (E,).
        num_bins (int): B.

    Returns:
        np.ndarray: (B + 1,), or fewer where many values are equal; the lowest and the
        highest value are the ends.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, num_bins + 1)))
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def bin_numbers(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bin of each value: (E,), -1 outside of all; the last edge is inside."""
    numbers = np.searchsorted(edges, values, 'right') - 1
    last = len(edges) - 2
    numbers[values == edges[-1]] = last
    return np.where((numbers < 0) | (numbers > last), -1, numbers)


def binned_scores(
    values: np.ndarray,
    class_ids: np.ndarray,
    queries: np.ndarray,
    counts: np.ndarray,
    edges: np.ndarray,
) -> list[Bin]:
    """The score of each bin.

    Args:
        values (np.ndarray): (E,).
        class_ids (np.ndarray): (E,).
        queries (np.ndarray): (E,), names of the queries.
        counts (np.ndarray): (E, 2) or more: intersection and union of the foreground.
        edges (np.ndarray): (B + 1,), rising.
    """
    numbers, found = bin_numbers(values, edges), []
    for b, ends in enumerate(zip(edges.tolist(), edges[1:].tolist())):
        own = numbers == b
        different = (len(np.unique(x[own])) for x in (queries, class_ids))
        scores = _scores(class_ids[own], counts[own])
        found.append(Bin(*ends, int(own.sum()), *different, *scores))
    return found


def _scores(class_ids: np.ndarray, counts: np.ndarray) -> tuple[Figure, float]:
    """mIoU, and the mean of the episodes' own IoU."""
    if not len(counts):
        return Figure(*[float('nan')] * 3), float('nan')
    miou = class_figures(class_ids, counts, _iou, ('iou',)).mean['iou']
    ious = percent(counts[:, 0], counts[:, 1])
    return miou, float(defined_mean(ious[:, None])[0])


def read_edges(texts: Sequence[str], known: Sequence[str]) -> dict[str, np.ndarray]:
    """Edges of bins as a command line gives them.

    Args:
        texts (Sequence[str]): Such as 'size=0,32,96,500'.
        known (Sequence[str]): Names that have a value.

    Raises:
        ValueError: If a name is not known, or the edges are not rising numbers.
    """
    found = {}
    for text in texts:
        name, _, numbers = text.partition('=')
        try:
            edges = np.array([float(x) for x in numbers.split(',')])
        except ValueError:
            edges = np.empty(0)
        if name not in known or len(edges) < 2 or (np.diff(edges) <= 0).any():
            raise ValueError(
                f'--edges {text}: expected one of {", ".join(known)}, = and two or '
                'more rising numbers, such as size=0,32,96,500'
            )
        found[name] = edges
    return found


def _iou(sums: np.ndarray) -> np.ndarray:
    return percent(sums[..., :1], sums[..., 1:2])
