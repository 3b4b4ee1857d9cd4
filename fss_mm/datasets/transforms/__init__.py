"""Transforms of a single image."""

from .class_aware_random_crop import ClassAwareRandomCrop
from .load_few_shot_image import LoadFewShotImage
from .load_few_shot_mask import LoadFewShotMask

__all__ = ['ClassAwareRandomCrop', 'LoadFewShotImage', 'LoadFewShotMask']
