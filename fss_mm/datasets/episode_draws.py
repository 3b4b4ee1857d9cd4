"""How episodes are drawn: pure functions of (seed, number).

``draw(candidates, num_shots, seed, number) -> Episode`` gives episode ``number`` of the
list that ``seed`` names: the same on one process or eight, with any number of workers,
before or after a resume.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..registry import EPISODE_DRAWS
from ..structures import Episode
from ..utils.random_words import Stream, below, random_words, sample_distinct
from .class_index import ClassIndex


@dataclass(frozen=True, eq=False)
class EpisodeCandidates:
    """The images from which episodes of each class may be drawn.

    Args:
        images (dict[int, np.ndarray]): Class id to sorted positions in the data set's
            list of images.
        class_names (dict[int, str]): Class id to name, for messages.
    """

    images: dict[int, np.ndarray]
    class_names: dict[int, str]

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Class ids, sorted."""
        return tuple(sorted(self.images))

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """All (class id, image) pairs, sorted."""
        return tuple((c, int(i)) for c in self.classes for i in self.images[c])

    def require(self, num_shots: int) -> None:
        """Check that every class has K supports and a query.

        Raises:
            ValueError: Naming each class that has too few images.
        """
        if not self.images:
            raise ValueError('no class to draw episodes of; check the class lists')
        poor = [
            f'{self.class_names[c]!r} (id {c}) has {len(self.images[c])}'
            for c in self.classes
            if len(self.images[c]) < num_shots + 1
        ]
        if poor:
            raise ValueError(
                f'{num_shots}-shot episodes need at least {num_shots + 1} images of '
                f'each class, but {", ".join(poor)}. Add images, lower num_shots or '
                'min_pixels, or leave the class out'
            )


def select_candidates(
    index: ClassIndex,
    classes: dict[int, str],
    min_pixels: int = 1,
    drop_classes: tuple[int, ...] = (),
) -> EpisodeCandidates:
    """Choose the images of each class.

    Args:
        index (ClassIndex): Index of the data set's images, in their order.
        classes (dict[int, str]): Ids and names of the classes to draw.
        min_pixels (int): Fewest pixels of the class, at the mask's own size, that make
            an image one of its candidates. Defaults to 1.
        drop_classes (tuple[int, ...]): Images with a single pixel of any of these are
            no candidates at all. Defaults to none.
    """
    dropped = index.images_with_any(drop_classes)
    images = {
        c: np.setdiff1d(index.images_with(c, min_pixels), dropped, assume_unique=True)
        for c in classes
    }
    return EpisodeCandidates(images, dict(classes))


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
    images = candidates.images[class_id]
    query_place = int(np.searchsorted(images, query))
    words = random_words(seed, number, num_shots)
    picks = sample_distinct(words, len(images) - 1)
    supports = tuple(int(images[p + (p >= query_place)]) for p in picks)
    return Episode(class_id, query, supports, seed, number)


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
