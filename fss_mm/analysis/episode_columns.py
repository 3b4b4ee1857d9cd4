"""Episodes of a test as columns: their IoU, and what it is held against.

Shape letters: E episodes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .class_means import percent

TITLES = dict(
    size="object's size (side of a square of its area, px)",
    share="class's share of the query (%)",
    support_share="class's share of the supports (%)",
    similarity='similarity of support and query (cosine)',
)


@dataclass(frozen=True)
class Episodes:
    """Episodes of a test as columns.

    Args:
        keys (list[tuple[int, int]]): E: seed and number.
        class_ids (np.ndarray): (E,).
        queries (np.ndarray): (E,), names of the queries.
        counts (np.ndarray): (E, 4): see :mod:`..evaluation.functional`.
        values (dict[str, np.ndarray]): Name to (E,) of what IoU is held against.
        left_out (int): Episodes with neither truth nor prediction. Defaults to 0.
    """

    keys: list[tuple[int, int]]
    class_ids: np.ndarray
    queries: np.ndarray
    counts: np.ndarray
    values: dict[str, np.ndarray] = field(default_factory=dict)
    left_out: int = 0

    @property
    def ious(self) -> np.ndarray:
        """Each episode's own IoU in percent, (E,)."""
        return percent(self.counts[:, 0], self.counts[:, 1])


def episodes_of(
    records: Sequence[Mapping],
    similarities: Mapping[tuple[int, int], float] | None = None,
) -> Episodes:
    """Columns of the records of a test.

    Args:
        records (Sequence[Mapping]): As in a report.
        similarities (Mapping, optional): By (seed, number). Defaults to None: they are
            not known.

    Raises:
        ValueError: If no record has an IoU, or they do not say how large objects are.
    """
    known = [r for r in records if r['counts'][1] > 0]
    if not known:
        raise ValueError(f'none of {len(records)} episodes has an IoU')
    if any(r.get('query_pixels') is None for r in known):
        raise ValueError(
            'the records do not say how many pixels of the class a query has: test '
            'again with this version'
        )
    keys = [(r['seed'], r['number']) for r in known]
    counts = np.array([r['counts'] for r in known], np.int64)
    pixels = np.array([r['query_pixels'] for r in known], float)
    values = dict(
        size=np.sqrt(pixels), share=percent(pixels, counts[:, 0] + counts[:, 3])
    )
    if all(r.get('support_pixels') for r in known):
        values['support_share'] = np.array([_support_share(r) for r in known])
    if similarities is not None:
        values['similarity'] = np.array([similarities[key] for key in keys])
    class_ids = np.array([r['class_id'] for r in known])
    queries = np.array([r['query'] for r in known])
    left_out = len(records) - len(known)
    return Episodes(keys, class_ids, queries, counts, values, left_out)


def _support_share(record: Mapping) -> float:
    height, width = map(int, re.findall(r'\d+', record['support_size']))
    return 100 * float(np.mean(record['support_pixels'])) / (height * width)
