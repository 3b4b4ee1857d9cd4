"""What the Runner runs beyond the model: loops, hooks, checkpoints."""

from .episodic_train_loop import EpisodicTrainLoop
from .hooks import EpisodeVisualizationHook, LeakCheckHook, SafeCheckpointHook
from .label_stopped_test_loop import LabelStoppedTestLoop

__all__ = [
    'EpisodeVisualizationHook',
    'EpisodicTrainLoop',
    'LabelStoppedTestLoop',
    'LeakCheckHook',
    'SafeCheckpointHook',
]
