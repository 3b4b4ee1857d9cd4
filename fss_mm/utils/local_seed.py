"""A seed that holds for a block of code and disturbs nothing outside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def local_seed(*words: int) -> Iterator[None]:
    """Seed ``random`` and ``numpy.random`` from ``words`` inside the block.

    mmcv's and mmseg's transforms draw from these two global generators. With this,
    what they draw is a function of ``words`` alone, whichever worker runs them, and
    the generators' former state comes back at the end.
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()
    seed = np.random.SeedSequence([w & (2**64 - 1) for w in words]).generate_state(2)
    random.seed(int(seed[0]))
    np.random.seed(int(seed[1]))
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
