"""Data preprocessor, backbones, heads, segmentors and their strategies at test."""

from .backbones import PositionalDebias, TimmBackbone, TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    ClusterMatchHead,
    CRNetHead,
    DenseComparisonHead,
    FewShotDecodeHead,
    PrototypeHead,
    SimPropHead,
)
from .feature_bank import FeatureBank
from .licences import encoder_licences, require_accepted
from .segmentors import (
    SUPPORT_VIEWS,
    DualLossSegmentor,
    FewShotSegmentor,
    ImageEncoder,
    ImageView,
    LevelView,
)
from .strategies import FineTuning, ShotFusion, average_probabilities

__all__ = [
    'SUPPORT_VIEWS',
    'CANetHead',
    'CRNetHead',
    'ClusterMatchHead',
    'DenseComparisonHead',
    'DualLossSegmentor',
    'FeatureBank',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'FineTuning',
    'ImageEncoder',
    'ImageView',
    'LevelView',
    'PositionalDebias',
    'PrototypeHead',
    'ShotFusion',
    'SimPropHead',
    'TimmBackbone',
    'TorchvisionBackbone',
    'average_probabilities',
    'require_accepted',
    'encoder_licences',
]
