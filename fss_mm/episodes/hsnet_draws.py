"""Episodes as the HSNet family draws them: VAT, DCAMA, Matcher, GF-SAM and others.

Their code calls NumPy's legacy generator, seeded once, from one episode to the next. So
an episode depends on all before it: lists are walked from their start, and kept. With
that family's lists of pairs the episodes are theirs to the bit; see :data:`MD5`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from ..registry import EPISODE_DRAWS
from ..structures import Episode
from .candidates import EpisodeCandidates

# MD5 of the family's first 1,000 episodes of PASCAL-5^i and COCO-20^i, by draw, fold
# and shots: one line 'class query support ...' each, classes from 0 (see episodes_md5)
MD5 = {
    ('hsnet', 0, 1): '8a1ee27e4a93707411cbed1f206dc0e5',
    ('hsnet', 0, 5): '1aa88d7c213fd57e5653664e202d64db',
    ('hsnet', 1, 1): '0c7b246954f822454f82bae9b64f7321',
    ('hsnet', 1, 5): 'e869efc2935502f2c9217a17ef7a2ecb',
    ('hsnet_coco', 0, 1): 'a1fa1ad7e641fdd9d264c8fc10238211',
    ('hsnet_coco', 0, 5): '5254e20dafb44845ed5915cd9360b938',
    ('hsnet_coco', 1, 1): 'abc924a4c80b1f6879c7e03effa78225',
    ('hsnet_coco', 1, 5): '71c29f36c0ddb8ab7b67fa6a4ade8ec1',
}

Random = np.random.RandomState


@EPISODE_DRAWS.register_module()
def hsnet(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """Queries in the order of the list of pairs, over and over.

    Supports are drawn one by one, and again only where the query itself comes out: the
    same image can be several of an episode's supports.
    """
    return _walk(_next_in_order, candidates, num_shots, seed)[number]


@EPISODE_DRAWS.register_module()
def hsnet_coco(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """The family's draw on COCO: a class, a query of it, and supports as in `hsnet`."""
    return _walk(_next_of_any_class, candidates, num_shots, seed)[number]


class _Walk:
    """A list of episodes that grows as far as it is read."""

    def __init__(self, step: Callable[[Random, int], Episode], seed: int) -> None:
        self.step, self.random = step, Random(seed)
        self.episodes: list[Episode] = []

    def __getitem__(self, number: int) -> Episode:
        while len(self.episodes) <= number:
            self.episodes.append(self.step(self.random, len(self.episodes)))
        return self.episodes[number]


@lru_cache(maxsize=8)
def _walk(
    step: Callable, candidates: EpisodeCandidates, num_shots: int, seed: int
) -> _Walk:
    def next_episode(random: Random, number: int) -> Episode:
        class_id, query = step(candidates, random, number)
        images = candidates.images[class_id]
        supports: list[int] = []
        while len(supports) < num_shots:
            image = int(images[_one_of(random, len(images))])
            if image != query:
                supports.append(image)
        return Episode(class_id, query, tuple(supports), seed, number)

    return _Walk(next_episode, seed)


def _next_in_order(
    candidates: EpisodeCandidates, random: Random, number: int
) -> tuple[int, int]:
    pairs = candidates.pairs_by_image
    return pairs[number % len(pairs)]


def _next_of_any_class(
    candidates: EpisodeCandidates, random: Random, number: int
) -> tuple[int, int]:
    class_id = candidates.classes[_one_of(random, len(candidates.classes))]
    images = candidates.images[class_id]
    return class_id, int(images[_one_of(random, len(images))])


def _one_of(random: Random, count: int) -> int:
    """What ``choice(count, 1, replace=False)`` gives: the first of a permutation."""
    return int(random.permutation(count)[0])


def episodes_md5(episodes: Iterable[tuple[int, str, Iterable[str]]]) -> str:
    """MD5 of a list of episodes, in the form of :data:`MD5`.

    Args:
        episodes (Iterable[tuple]): Class id (from 1), query and supports by name.
    """
    lines = (f'{c - 1} {query} {" ".join(names)}\n' for c, query, names in episodes)
    return hashlib.md5(''.join(lines).encode()).hexdigest()
