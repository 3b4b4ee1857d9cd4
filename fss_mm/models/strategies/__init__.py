"""How a segmentor is used at test: several shots, fine-tuning, several scales."""

from .fine_tuning import FineTuning
from .shot_fusion import ShotFusion, average_probabilities
from .test_scales import check_scales, resized_inputs

STRATEGY_ARGUMENTS = (
    'shot_fusion', 'fine_tuning', 'test_scales', 'arithmetic', 'refiner',
)  # fmt: skip
"""Arguments of a few-shot segmentor that change what a trained head predicts."""

__all__ = [
    'STRATEGY_ARGUMENTS',
    'FineTuning',
    'ShotFusion',
    'average_probabilities',
    'check_scales',
    'resized_inputs',
]
