"""The plain interface: functions for scripts and notebooks."""

from .runs import evaluate, train

__all__ = ['evaluate', 'train']
