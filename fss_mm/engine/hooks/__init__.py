"""Hooks of the Runner."""

from .checkpoint_content_hook import CheckpointContentHook
from .empty_mask_hook import EmptyMaskHook
from .episode_visualization_hook import EpisodeVisualizationHook
from .leak_check_hook import LeakCheckHook
from .safe_checkpoint_hook import SafeCheckpointHook

__all__ = [
    'CheckpointContentHook',
    'EmptyMaskHook',
    'EpisodeVisualizationHook',
    'LeakCheckHook',
    'SafeCheckpointHook',
]
