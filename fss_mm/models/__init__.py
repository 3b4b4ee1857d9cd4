"""Data preprocessor, backbones, heads, segmentors, strategies at test, refiners."""

from .backbones import TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    CRNetHead,
    DenseComparisonHead,
    FewShotDecodeHead,
    PrototypeHead,
    SimPropHead,
)
from .feature_bank import FeatureBank
from .refiners import (
    GuidedFilterRefiner,
    MaskRefiner,
    SamRefiner,
    refined_logits,
    refiner_config,
)
from .segmentors import (
    SUPPORT_VIEWS,
    DualLossSegmentor,
    FewShotSegmentor,
    ImageEncoder,
    ImageView,
    LevelView,
    largest_images,
)
from .strategies import FineTuning, ShotFusion, average_probabilities

__all__ = [
    'SUPPORT_VIEWS',
    'CANetHead',
    'CRNetHead',
    'DenseComparisonHead',
    'DualLossSegmentor',
    'FeatureBank',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'FineTuning',
    'GuidedFilterRefiner',
    'ImageEncoder',
    'ImageView',
    'LevelView',
    'MaskRefiner',
    'PrototypeHead',
    'SamRefiner',
    'ShotFusion',
    'SimPropHead',
    'TorchvisionBackbone',
    'average_probabilities',
    'largest_images',
    'refined_logits',
    'refiner_config',
]
