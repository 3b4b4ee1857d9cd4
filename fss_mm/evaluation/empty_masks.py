"""Masks that show no pixel of their episode's class.

Small objects vanish in resizing. A support whose mask is empty tells a method nothing,
and a score over such episodes says little of the method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..utils.text import shorten

REMEDY = (
    'Such masks neither teach nor test anything: use a larger input size in the '
    'pipelines or a larger min_pixels, and ClassAwareRandomCrop where crops are drawn; '
    'fss-mm browse shows them'
)


def shown_pixels(sample: Mapping, query_pixels: int | None) -> dict:
    """What a record says of an episode's masks.

    Args:
        sample (Mapping): Meta information of a data sample.
        query_pixels (int, optional): Of the class, in the query's mask as it is used.

    Returns:
        dict: ``query_pixels``, and of the supports, as the network gets them,
        ``support_pixels`` (list of int) and ``support_size`` ('<height> x <width>').
    """
    shown = dict(query_pixels=query_pixels)
    pixels = sample.get('support_class_pixels')
    if not pixels:  # of another data set, or of a training without episodes
        return shown
    height, width = sample['support_img_shapes'][0]
    return shown | dict(support_pixels=list(pixels), support_size=f'{height} x {width}')


@dataclass
class MaskCounts:
    """How many masks of a class were seen, and how many of them were empty.

    Args:
        episodes (int): Episodes of the class, which is the number of queries.
        empty_queries (int): Queries without a pixel of the class.
        supports (int): Supports of these episodes.
        empty_supports (int): Those without a pixel of the class.
        blind_episodes (int): Episodes in which no support shows one.
        sizes (set[str]): Sizes of the supports.
    """

    episodes: int = 0
    empty_queries: int = 0
    supports: int = 0
    empty_supports: int = 0
    blind_episodes: int = 0
    sizes: set[str] = field(default_factory=set)

    def add(self, record: Mapping) -> None:
        """Count an episode, of which :func:`shown_pixels` says what it shows."""
        pixels = record.get('support_pixels') or []
        empty = pixels.count(0)
        self.episodes += 1
        self.empty_queries += record.get('query_pixels') == 0
        self.supports += len(pixels)
        self.empty_supports += empty
        self.blind_episodes += 0 < empty == len(pixels)
        self.sizes |= {record['support_size']} if pixels else set()

    def merge(self, other: MaskCounts) -> None:
        """Add another process's counts."""
        for name, value in vars(other).items():
            own = getattr(self, name)
            setattr(self, name, own | value if name == 'sizes' else own + value)

    def describe(self) -> str:
        """What is empty, '' if nothing is."""
        parts = []
        if self.empty_supports:
            sizes = ', '.join(sorted(self.sizes))
            text = f'{self.empty_supports} of {self.supports} supports at {sizes}'
            if self.supports > self.episodes:
                text += f' (all in {self.blind_episodes} of {self.episodes} episodes)'
            parts.append(text)
        if self.empty_queries:
            parts.append(f'{self.empty_queries} of {self.episodes} queries')
        return ', '.join(parts)


def count_masks(
    records: Sequence[Mapping], classes: Sequence[str]
) -> dict[str, MaskCounts]:
    """Counts of each class, by its name."""
    found: dict[str, MaskCounts] = {}
    for record in records:
        name = classes[record['class_id'] - 1]
        found.setdefault(name, MaskCounts()).add(record)
    return found


def empty_masks(records: Sequence[Mapping], classes: Sequence[str]) -> dict:
    """For a report: numbers of empty ``supports`` and ``queries`` by class, if any."""
    counts = count_masks(records, classes)
    return dict(
        supports={n: c.empty_supports for n, c in counts.items() if c.empty_supports},
        queries={n: c.empty_queries for n, c in counts.items() if c.empty_queries},
    )


def describe_empty_masks(counts: Mapping[str, MaskCounts]) -> str:
    """One line for all classes that have empty masks, '' if none has.

    Args:
        counts (Mapping[str, MaskCounts]): Of each class, by its name.
    """
    texts = {name: own.describe() for name, own in sorted(counts.items())}
    found = [f'{name!r}: {text}' for name, text in texts.items() if text]
    if not found:
        return ''
    return (
        f'Masks without a pixel of their class: {shorten(found, sep="; ")}. {REMEDY}.'
    )
