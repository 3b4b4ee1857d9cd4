"""The plain interface: functions for scripts and notebooks."""

from ..engine.config_check import check_config
from ..inference import FewShotInferencer, load_segmentor
from .runs import evaluate, require_training, train

__all__ = [
    'FewShotInferencer',
    'check_config',
    'evaluate',
    'load_segmentor',
    'require_training',
    'train',
]
