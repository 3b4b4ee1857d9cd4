"""Transforms of a single image."""

from .load_few_shot_mask import LoadFewShotMask

__all__ = ['LoadFewShotMask']
