"""How a segmentor is used at test: several shots, fine-tuning, several scales."""

from .fine_tuning import FineTuning
from .shot_fusion import ShotFusion, average_probabilities
from .test_scales import check_scales, resized_inputs

__all__ = [
    'FineTuning',
    'ShotFusion',
    'average_probabilities',
    'check_scales',
    'resized_inputs',
]
