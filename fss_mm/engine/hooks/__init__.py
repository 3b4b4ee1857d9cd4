"""Hooks of the Runner."""

from .checkpoint_content_hook import CheckpointContentHook
from .empty_mask_hook import EmptyMaskHook
from .episode_visualization_hook import EpisodeVisualizationHook
from .label_names_hook import LabelNamesHook
from .leak_check_hook import LeakCheckHook
from .run_description_hook import RunDescriptionHook
from .safe_checkpoint_hook import SafeCheckpointHook

__all__ = [
    'CheckpointContentHook',
    'EmptyMaskHook',
    'EpisodeVisualizationHook',
    'LabelNamesHook',
    'LeakCheckHook',
    'RunDescriptionHook',
    'SafeCheckpointHook',
]
