"""What the Runner runs beyond the model: loops, hooks, checkpoints."""

from . import checkpoint_schemes  # noqa: F401  (mmengine reads by them)
from .hooks import (
    CheckpointContentHook,
    EmptyMaskHook,
    EpisodeVisualizationHook,
    LabelNamesHook,
    LeakCheckHook,
    RunDescriptionHook,
    SafeCheckpointHook,
)
from .loops import (
    EncodeOnceTestLoop,
    EncodeOnceValLoop,
    EpisodicTrainLoop,
    LabelStoppedTestLoop,
)
from .runner import FewShotRunner

__all__ = [
    'CheckpointContentHook',
    'EmptyMaskHook',
    'EncodeOnceTestLoop',
    'EncodeOnceValLoop',
    'EpisodeVisualizationHook',
    'EpisodicTrainLoop',
    'FewShotRunner',
    'LabelNamesHook',
    'LabelStoppedTestLoop',
    'LeakCheckHook',
    'RunDescriptionHook',
    'SafeCheckpointHook',
]
