"""Random numbers as values: words of a counter-based generator.

NumPy keeps the raw stream of Philox for ever; the distributions built on it may change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """Independent streams of one (seed, number); members are never renumbered."""

    EPISODE = 0
    EPOCH_ORDER = 1
    CHANNEL_AVERAGING = 2
    SCENE_GROUND = 3
    SCENE_OBJECTS = 4
    FINE_TUNING = 5
    FOLDS = 6


def random_words(
    seed: int, number: int, count: int, stream: Stream = Stream.EPISODE
) -> list[int]:
    """``count`` random 64-bit words, a pure function of the other arguments."""
    key = np.array([seed & (2**64 - 1), number], dtype=np.uint64)
    generator = np.random.Philox(key=key, counter=[0, 0, 0, int(stream)])
    return generator.random_raw(count).tolist()


def task_seed(class_name: str, query: str, supports: Sequence[str]) -> int:
    """A random 64-bit word that belongs to a task, whichever list it appears in.

    What is random about loading a task (not about drawing it) is seeded with this: the
    same images give the same pixels under every protocol, seed and number.

    Args:
        class_name (str): Name of the class.
        query (str): Name of the query image.
        supports (Sequence[str]): Names of the supports, in order.
    """
    return _word_of((class_name, query, *supports))


def support_set_seed(class_name: str, supports: Sequence[str]) -> int:
    """A random 64-bit word that belongs to a class and its supports, in order.

    What is random about learning from them is seeded with this, so that it is learned
    once for all queries.
    """
    return _word_of((class_name, *supports))


def _word_of(names: Sequence[str]) -> int:
    text = '\0'.join(names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big')


def below(word: int, limit: int) -> int:
    """Map a random 64-bit word to 0 ... limit - 1 (bias below limit / 2**64)."""
    return (word * limit) >> 64


def sample_distinct(words: list[int], limit: int) -> list[int]:
    """``len(words)`` distinct numbers below ``limit``: Fisher-Yates, cut short.

    Raises:
        ValueError: If there are fewer numbers than asked for.
    """
    if len(words) > limit:
        raise ValueError(f'cannot draw {len(words)} distinct numbers below {limit}')
    moved: dict[int, int] = {}
    chosen = []
    for i, word in enumerate(words):
        j = i + below(word, limit - i)
        chosen.append(moved.get(j, j))
        moved[j] = moved.get(i, i)
    return chosen
