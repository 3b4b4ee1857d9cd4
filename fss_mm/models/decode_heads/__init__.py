"""Heads: what a method is."""

from .canet_head import CANetHead
from .crnet_head import CRNetHead
from .dual_branch_head import DualBranchHead
from .few_shot_head import FewShotDecodeHead
from .prototype_head import PrototypeHead
from .simprop_head import SimPropHead

__all__ = [
    'CANetHead',
    'CRNetHead',
    'DualBranchHead',
    'FewShotDecodeHead',
    'PrototypeHead',
    'SimPropHead',
]
