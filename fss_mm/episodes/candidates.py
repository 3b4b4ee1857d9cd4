"""Which images an episode of a class may be drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..index.class_index import ClassIndex
from ..utils.text import shorten

ADD_REMEDY = 'Add images, lower num_shots or min_pixels'
DROPPED_REMEDY = (
    "novel_images='drop' leaves out images with a novel class: use 'ignore' or 'keep' "
    'and separate lists of images (split) for training and test'
)


class PoorClass(NamedTuple):
    """A class with few images.

    Args:
        class_id (int): Its id.
        name (str): Its name.
        images (int): How many images episodes may be drawn from.
        dropped (int): How many more there are, which show a novel class.
    """

    class_id: int
    name: str
    images: int
    dropped: int

    def __str__(self) -> str:
        more = f', and {self.dropped} with a novel class' if self.dropped else ''
        return f'{self.name!r} (id {self.class_id}) has {self.images}{more}'


@dataclass(frozen=True, eq=False)
class EpisodeCandidates:
    """The images from which episodes of each class may be drawn.

    Args:
        images (dict[int, np.ndarray]): Class id to positions in the data set's list of
            images: sorted, or in the order of a published list.
        class_names (dict[int, str]): Class id to name, for messages.
        listed (tuple[tuple[int, int], ...], optional): The (class id, image) pairs in
            the order of a published list. Defaults to None: there is no such list.
        index (ClassIndex, optional): What the images show. Defaults to None.
        dropped (dict[int, int]): Class id to how many of its images are no candidates
            because they show a novel class. Defaults to {}.
        left_out (tuple[PoorClass, ...]): Classes of which no episodes are drawn, on
            request. Defaults to ().
    """

    images: dict[int, np.ndarray]
    class_names: dict[int, str]
    listed: tuple[tuple[int, int], ...] | None = None
    index: ClassIndex | None = None
    dropped: dict[int, int] = field(default_factory=dict)
    left_out: tuple[PoorClass, ...] = ()

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Class ids, sorted."""
        return tuple(sorted(self.images))

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """All (class id, image) pairs, sorted."""
        return tuple((c, int(i)) for c in self.classes for i in self.images[c])

    @cached_property
    def pairs_by_image(self) -> tuple[tuple[int, int], ...]:
        """All (class id, image) pairs in the order of the list, else of the images."""
        return self.listed or tuple(sorted(self.pairs, key=lambda pair: pair[::-1]))

    @cached_property
    def classes_of_images(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each image that is a candidate, in order, with all of the classes it shows.

        It may show one on too few pixels to be a candidate of that one.
        """
        shown: dict[int, list[int]] = {image: [] for _, image in self.pairs_by_image}
        for class_id in self.classes:
            images = self.images[class_id]
            if self.index is not None:
                images = self.index.images_with(class_id)
            for image in images.tolist():
                if image in shown:
                    shown[image].append(class_id)
        return tuple((image, tuple(ids)) for image, ids in shown.items())

    def poor(self, min_images: int) -> tuple[PoorClass, ...]:
        """The classes with fewer images than these."""
        return tuple(
            PoorClass(c, self.class_names[c], len(images), self.dropped.get(c, 0))
            for c, images in sorted(self.images.items())
            if len(images) < min_images
        )

    def without_poor(self, min_images: int) -> EpisodeCandidates:
        """The same without the classes that have fewer images than these."""
        left_out = self.poor(min_images)
        gone = {one.class_id for one in left_out}
        listed = self.listed
        return replace(
            self,
            images={c: i for c, i in self.images.items() if c not in gone},
            class_names={c: n for c, n in self.class_names.items() if c not in gone},
            listed=listed and tuple(pair for pair in listed if pair[0] not in gone),
            left_out=left_out,
        )

    def require(self, num_shots: int) -> None:
        """Check that every class has K supports and a query.

        Raises:
            ValueError: Naming each class that has too few images.
        """
        needed = num_shots + 1
        if not self.images:
            left = '; '.join(map(str, self.left_out))
            why = f'min_images leaves out all, {left}' if left else 'there is none'
            raise ValueError(
                f'no class to draw episodes of: {why}; check the class lists'
            )
        poor = self.poor(needed)
        if poor:
            dropped = any(one.dropped for one in poor)
            others = f', or leave such classes out with min_images={needed}'
            raise ValueError(
                f'{num_shots}-shot episodes need at least {needed} images of each '
                f'class, but {", ".join(map(str, poor))}. '
                f'{DROPPED_REMEDY if dropped else ADD_REMEDY}'
                f'{others if len(poor) < len(self.images) else ""}'
            )


def select_candidates(
    index: ClassIndex,
    classes: dict[int, str],
    min_pixels: int = 1,
    drop_classes: tuple[int, ...] = (),
    min_grid_pixels: int = 0,
) -> EpisodeCandidates:
    """Choose the images of each class.

    Args:
        index (ClassIndex): Index of the data set's images, in their order.
        classes (dict[int, str]): Ids and names of the classes to draw.
        min_pixels (int): Fewest pixels of the class, at the mask's own size, that make
            an image one of its candidates. Defaults to 1.
        drop_classes (tuple[int, ...]): Images with a single pixel of any of these are
            no candidates at all. Defaults to none.
        min_grid_pixels (int): Fewest pixels of the class on every 32nd row and column
            (OSLSM). Defaults to 0.
    """
    dropped = index.images_with_any(drop_classes)
    images, numbers = {}, {}
    for c in classes:
        chosen = index.images_with(c, min_pixels, min_grid_pixels)
        images[c] = np.setdiff1d(chosen, dropped, assume_unique=True)
        numbers[c] = len(chosen) - len(images[c])
    return EpisodeCandidates(images, dict(classes), index=index, dropped=numbers)


def listed_candidates(
    index: ClassIndex,
    classes: dict[int, str],
    pairs: Sequence[tuple[str, int]],
    drop_classes: tuple[int, ...] = (),
) -> EpisodeCandidates:
    """Take the candidates from a published list, in its order.

    Args:
        index (ClassIndex): Index of the data set's images, in their order.
        classes (dict[int, str]): Ids and names of the classes to draw.
        pairs (Sequence[tuple[str, int]]): Names of images and class ids.
        drop_classes (tuple[int, ...]): As in :func:`select_candidates`.

    Raises:
        ValueError: If the list names other classes, or images that are not there.
    """
    position = {name: i for i, name in enumerate(index.names)}
    strange = sorted({c for _, c in pairs} - set(classes))
    if strange:
        raise ValueError(
            f'the list of pairs has classes {strange}, expected those of this fold, '
            f'{sorted(classes)}; is it the list of another fold?'
        )
    missing = sorted({name for name, _ in pairs} - set(position))
    if missing:
        raise ValueError(
            f'{len(missing)} images of the list of pairs are not in the data set: '
            f'{shorten(missing)}; check split and data_root'
        )
    dropped = set(index.images_with_any(drop_classes).tolist())
    listed = tuple(
        (c, position[name]) for name, c in pairs if position[name] not in dropped
    )
    images = {
        c: np.array([i for k, i in listed if k == c], dtype=np.int64) for c in classes
    }
    return EpisodeCandidates(images, dict(classes), listed, index)
