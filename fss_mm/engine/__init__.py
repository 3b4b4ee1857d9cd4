"""What the Runner runs beyond the model: loops, hooks, checkpoints."""

from .episodic_train_loop import EpisodicTrainLoop
from .hooks import EpisodeVisualizationHook, SafeCheckpointHook

__all__ = ['EpisodeVisualizationHook', 'EpisodicTrainLoop', 'SafeCheckpointHook']
