"""Transforms of a single image."""

from .load_few_shot_image import LoadFewShotImage
from .load_few_shot_mask import LoadFewShotMask

__all__ = ['LoadFewShotImage', 'LoadFewShotMask']
