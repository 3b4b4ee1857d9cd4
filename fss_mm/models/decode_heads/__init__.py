"""Heads: what a method is."""

from .a_mcg_head import AMCGHead
from .amp_base_head import AMPBaseHead
from .amp_head import AMPHead
from .canet_head import CANetHead
from .cluster_match_head import ClusterMatchHead
from .co_fcn_head import CoFCNHead
from .crnet_head import CRNetHead
from .dense_comparison_head import DenseComparisonHead
from .discriminant_head import DiscriminantHead
from .few_shot_head import FewShotDecodeHead
from .hsnet_head import HSNetHead
from .oslsm_head import OSLSMHead
from .panet_head import PANetHead
from .pfenet_head import PFENetHead
from .pgnet_head import PGNetHead
from .prior_head import PriorHead
from .prototype_head import PrototypeHead
from .sg_one_head import SGOneHead
from .simprop_head import SimPropHead
from .training_free_head import TrainingFreeHead

__all__ = [
    'AMCGHead',
    'AMPBaseHead',
    'AMPHead',
    'CANetHead',
    'CRNetHead',
    'ClusterMatchHead',
    'CoFCNHead',
    'DenseComparisonHead',
    'DiscriminantHead',
    'FewShotDecodeHead',
    'HSNetHead',
    'OSLSMHead',
    'PANetHead',
    'PFENetHead',
    'PGNetHead',
    'PriorHead',
    'PrototypeHead',
    'SGOneHead',
    'SimPropHead',
    'TrainingFreeHead',
]
