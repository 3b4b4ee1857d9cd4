"""Transforms of a single image, and the packing of an episode."""

from .load_few_shot_mask import LoadFewShotMask
from .pack_few_shot_inputs import PackFewShotInputs

__all__ = ['LoadFewShotMask', 'PackFewShotInputs']
