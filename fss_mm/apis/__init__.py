"""The plain interface: functions for scripts and notebooks."""

from .inspection import load_segmentor
from .runs import evaluate, train

__all__ = ['evaluate', 'load_segmentor', 'train']
