"""The plain interface: functions for scripts and notebooks."""

from .config_check import check_config
from .inspection import load_segmentor
from .runs import evaluate, require_training, train

__all__ = ['check_config', 'evaluate', 'load_segmentor', 'require_training', 'train']
