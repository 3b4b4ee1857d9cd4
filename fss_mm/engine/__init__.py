"""What the Runner runs beyond the model: loops, hooks, checkpoints."""

from .episodic_train_loop import EpisodicTrainLoop
from .hooks import EpisodeVisualizationHook, LeakCheckHook, SafeCheckpointHook
from .label_stopped_test_loop import LabelStoppedTestLoop
from .runner import FewShotRunner

__all__ = [
    'EpisodeVisualizationHook',
    'EpisodicTrainLoop',
    'FewShotRunner',
    'LabelStoppedTestLoop',
    'LeakCheckHook',
    'SafeCheckpointHook',
]
