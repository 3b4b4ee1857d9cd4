"""Heads: what a method is."""

from .canet_head import CANetHead
from .cluster_match_head import ClusterMatchHead
from .crnet_head import CRNetHead
from .dense_comparison_head import DenseComparisonHead
from .discriminant_head import DiscriminantHead
from .few_shot_head import FewShotDecodeHead
from .hsnet_head import HSNetHead
from .prototype_head import PrototypeHead
from .simprop_head import SimPropHead
from .training_free_head import TrainingFreeHead

__all__ = [
    'CANetHead',
    'CRNetHead',
    'ClusterMatchHead',
    'DenseComparisonHead',
    'DiscriminantHead',
    'FewShotDecodeHead',
    'HSNetHead',
    'PrototypeHead',
    'SimPropHead',
    'TrainingFreeHead',
]
