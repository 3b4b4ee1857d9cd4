"""Wrappers around any segmentor, for several shots and several scales."""

from .fine_tuning import FineTuning
from .multi_scale import MultiScale
from .segmentor_wrapper import SegmentorWrapper
from .shot_fusion import ShotFusion

__all__ = ['FineTuning', 'MultiScale', 'SegmentorWrapper', 'ShotFusion']
