"""Data preprocessor, backbones, heads, segmentors and their strategies at test."""

from .backbones import TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    CRNetHead,
    DenseComparisonHead,
    DiscriminantHead,
    FewShotDecodeHead,
    PrototypeHead,
    SimPropHead,
    TrainingFreeHead,
)
from .feature_bank import FeatureBank
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
    'DenseComparisonHead',
    'DiscriminantHead',
    'DualLossSegmentor',
    'FeatureBank',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'FineTuning',
    'ImageEncoder',
    'ImageView',
    'LevelView',
    'PrototypeHead',
    'ShotFusion',
    'SimPropHead',
    'TorchvisionBackbone',
    'TrainingFreeHead',
    'average_probabilities',
]
