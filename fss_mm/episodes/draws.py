"""How episodes are drawn: pure functions of (seed, number).

``draw(candidates, num_shots, seed, number) -> Episode`` gives episode ``number`` of the
list that ``seed`` names: the same on one process or eight, with any number of workers,
before or after a resume.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..registry import EPISODE_DRAWS
from ..structures import Episode
from ..utils.random_words import Stream, below, random_words, sample_distinct
from .candidates import EpisodeCandidates


@EPISODE_DRAWS.register_module()
def class_balanced(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """Classes in turn, query and supports uniform without replacement.

    Every class gets the same number of episodes, give or take one. For evaluation.
    """
    class_id = candidates.classes[number % len(candidates.classes)]
    words = random_words(seed, number, num_shots + 1)
    return _draw_of_class(candidates, class_id, words, seed, number)


@EPISODE_DRAWS.register_module()
def class_uniform(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """A class uniformly, then query and supports uniform without replacement."""
    first, *words = random_words(seed, number, num_shots + 2)
    class_id = candidates.classes[below(first, len(candidates.classes))]
    return _draw_of_class(candidates, class_id, words, seed, number)


@EPISODE_DRAWS.register_module()
def every_pair(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """Each (image, class) pair once an epoch as query, in random order, as CANet.

    An epoch is ``len(candidates.pairs)`` episodes; supports are uniform over the other
    images of the class.
    """
    epoch, place = divmod(number, len(candidates.pairs))
    order = _shuffled(len(candidates.pairs), seed, epoch)
    class_id, query = candidates.pairs[order[place]]
    words = random_words(seed, number, num_shots)
    supports = _other_images(candidates.images[class_id], query, words)
    return Episode(class_id, query, supports, seed, number)


@EPISODE_DRAWS.register_module()
def image_order(
    candidates: EpisodeCandidates, num_shots: int, seed: int, number: int
) -> Episode:
    """Queries in the order of the images, over and over, as PFENet.

    Its class is uniform among all that the image shows, be it on a single pixel;
    supports are uniform without replacement over the other candidates of the class.
    """
    images = candidates.classes_of_images
    query, classes = images[number % len(images)]
    first, *words = random_words(seed, number, num_shots + 1)
    class_id = classes[below(first, len(classes))]
    supports = _other_images(candidates.images[class_id], query, words)
    return Episode(class_id, query, supports, seed, number)


def _other_images(images: np.ndarray, query: int, words: list[int]) -> tuple[int, ...]:
    """As many images as words, uniform without replacement, none of them the query."""
    found = np.flatnonzero(images == query)
    place = int(found[0]) if len(found) else len(images)  # behind all others
    picks = sample_distinct(words, len(images) - len(found))
    return tuple(int(images[p + (p >= place)]) for p in picks)


def _draw_of_class(
    candidates: EpisodeCandidates,
    class_id: int,
    words: list[int],
    seed: int,
    number: int,
) -> Episode:
    images = candidates.images[class_id]
    query, *supports = (int(images[p]) for p in sample_distinct(words, len(images)))
    return Episode(class_id, query, tuple(supports), seed, number)


@lru_cache(maxsize=4)
def _shuffled(count: int, seed: int, epoch: int) -> tuple[int, ...]:
    """A permutation, by sorting random words: a value, like all else here."""
    words = np.array(
        random_words(seed, epoch, count, Stream.EPOCH_ORDER), dtype=np.uint64
    )
    return tuple(np.argsort(words, kind='stable').tolist())
