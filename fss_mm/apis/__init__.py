"""The plain interface: functions for scripts and notebooks."""

from .inspection import load_segmentor
from .runs import evaluate, require_training, train

__all__ = ['evaluate', 'load_segmentor', 'require_training', 'train']
