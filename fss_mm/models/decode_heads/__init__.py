"""Heads: what a method is."""

from .few_shot_head import FewShotDecodeHead
from .prototype_head import PrototypeHead
from .simprop_head import SimPropHead

__all__ = ['FewShotDecodeHead', 'PrototypeHead', 'SimPropHead']
