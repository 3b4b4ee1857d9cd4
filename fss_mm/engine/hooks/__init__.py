"""Hooks of the Runner."""

from .episode_visualization_hook import EpisodeVisualizationHook
from .safe_checkpoint_hook import SafeCheckpointHook

__all__ = ['EpisodeVisualizationHook', 'SafeCheckpointHook']
