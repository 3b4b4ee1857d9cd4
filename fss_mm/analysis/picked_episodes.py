"""Which episodes to look at: the best, those in the middle, the worst.

Pure functions. Shape letters: E episodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PLACES = 'best', 'median', 'worst'


@dataclass(frozen=True)
class Pick:
    """One episode that is shown.

    Args:
        place (str): 'best', 'median' or 'worst'.
        number (int): From 1 on, within its place.
        group (str): What it is best of: a class, or '' for all.
        episode (int): Its position in the list.
        rank (int): Its rank among the group's episodes; 1 is the best.
        size (int): How many episodes the group has.
    """

    place: str
    number: int
    group: str
    episode: int
    rank: int
    size: int


def pick_episodes(
    values: np.ndarray, groups: Sequence[str], num_each: int
) -> list[Pick]:
    """Pick the best, the median and the worst episodes of each group.

    The worst come with the very worst first. Episodes without a value (neither truth
    nor prediction) are left out; of equal ones the first in the list is better.

    Args:
        values (np.ndarray): (E,), the larger the better; nan for none.
        groups (Sequence[str]): E names; all alike to pick of all episodes.
        num_each (int): How many of each.

    Returns:
        list[Pick]: By group, then best, median, worst.

    Raises:
        ValueError: If a group has too few episodes to show none twice.
    """
    names, picks = np.array(groups, dtype=object), []
    for group in sorted(set(groups)):
        own = np.flatnonzero((names == group) & ~np.isnan(values))
        if len(own) < 3 * num_each:
            of = f' of {group}' if group else ''
            raise ValueError(
                f'{num_each} best, median and worst episodes are asked for, and there '
                f'are {len(own)}{of} with an IoU: show fewer, or ask for more episodes'
            )
        order = own[np.argsort(-values[own], kind='stable')]
        middle = (len(order) - num_each) // 2
        for place, ranks in zip(
            PLACES,
            (
                range(num_each),
                range(middle, middle + num_each),
                range(len(order) - 1, len(order) - 1 - num_each, -1),
            ),
        ):
            picks += [
                Pick(place, i, group, int(order[rank]), rank + 1, len(order))
                for i, rank in enumerate(ranks, start=1)
            ]
    return picks


def sort_values(ious: np.ndarray, by: str) -> np.ndarray:
    """What episodes are sorted by.

    Args:
        ious (np.ndarray): (M, E), of M models.
        by (str): 'first', the first model's IoU; 'mean', over the models; 'gap', the
            first one's less the mean of the others'.

    Returns:
        np.ndarray: (E,); nan where a model that counts has none.

    Raises:
        ValueError: If a gap is asked for of a single model.
    """
    if by == 'first':
        return ious[0]
    if by == 'mean':
        return ious.mean(0)
    if len(ious) < 2:
        raise ValueError('a gap is between models: name another one by --also')
    return ious[0] - ious[1:].mean(0)
