"""Loops of the Runner."""

from .encode_once_loops import EncodeOnceTestLoop, EncodeOnceValLoop
from .episodic_train_loop import EpisodicTrainLoop
from .label_stopped_test_loop import LabelStoppedTestLoop

__all__ = [
    'EncodeOnceTestLoop',
    'EncodeOnceValLoop',
    'EpisodicTrainLoop',
    'LabelStoppedTestLoop',
]
