"""Seeds that hold for a block of code and disturb nothing outside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def local_seed(*words: int) -> Iterator[None]:
    """Seed ``random``, ``numpy.random`` and torch's CPU from ``words``, in the block.

    mmcv's and mmseg's transforms draw from the first two, torchvision's from the third.
    With this, what they draw is a function of ``words`` alone, whichever worker runs
    them, and the generators' former state comes back at the end.
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()
    torch_state = torch.default_generator.get_state()
    seed = np.random.SeedSequence([w & (2**64 - 1) for w in words]).generate_state(3)
    random.seed(int(seed[0]))
    np.random.seed(int(seed[1]))
    torch.default_generator.manual_seed(int(seed[2]))
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.default_generator.set_state(torch_state)


@contextmanager
def local_torch_seed(word: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generators of the CPU and of ``device`` inside the block."""
    generators = [torch.default_generator]
    if device.type == 'cuda':
        index = torch.cuda.current_device() if device.index is None else device.index
        generators.append(torch.cuda.default_generators[index])
    states = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(word)
    try:
        yield
    finally:
        for generator, state in zip(generators, states):
            generator.set_state(state)
