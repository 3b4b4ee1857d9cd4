"""Global generators: who draws from them, and when."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch

from ..case import HeadCase
from ..results import head_check, require
from .comparing import logits_of, require_same


@head_check(
    'the same test would give other scores the next time, and the draw of episodes '
    'would depend on the method'
)
def check_no_randomness_at_test(case: HeadCase) -> None:
    """In eval mode no global generator is read, nor moved on."""
    model, logits = case.model(), []
    episodes = case.features(model, 2, case.most_shots(2))
    with torch.random.fork_rng(devices=[]):
        for seed in (1, 2):
            torch.manual_seed(seed)
            moved = _moved(lambda: logits.append(logits_of(model, episodes)))
            require(not moved, f'eval mode draws from {", ".join(moved)}')
    require_same(*logits, 'eval mode gives other logits the second time')


@head_check(
    'trainings are repeated by the seed of torch alone: what draws elsewhere differs '
    'from worker to worker'
)
def check_randomness_in_training(case: HeadCase) -> None:
    """Only torch's generator is asked, and the same seed gives the same logits."""
    logits = []
    for _ in range(2):
        model = case.model(training=True)
        episodes = case.features(model, 2, case.most_shots(2))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            moved = _moved(lambda: logits.append(logits_of(model, episodes)))  # noqa: B023
        moved = [name for name in moved if name != 'torch']
        require(not moved, f'training draws from {", ".join(moved)}')
    require_same(*logits, 'training gives other logits with the same seed')


def _moved(action: Callable[[], None]) -> list[str]:
    """Names of the global generators that an action draws from, or seeds."""
    states = {
        'torch': lambda: torch.random.get_rng_state().numpy().tobytes(),
        'numpy.random': lambda: str(np.random.get_state()[1:3]),
        'random': lambda: hash(random.getstate()),
    }
    before = {name: state() for name, state in states.items()}
    action()
    return [name for name, state in states.items() if state() != before[name]]
