"""Data preprocessor, backbones, heads, segmentors, strategies at test, refiners."""

from .backbones import PositionalDebias, TimmBackbone, TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    ClusterMatchHead,
    CRNetHead,
    DenseComparisonHead,
    DiscriminantHead,
    FewShotDecodeHead,
    HSNetHead,
    PrototypeHead,
    SimPropHead,
    TrainingFreeHead,
)
from .feature_bank import FeatureBank
from .licences import encoder_licences, require_accepted
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
    'ClusterMatchHead',
    'DenseComparisonHead',
    'DiscriminantHead',
    'DualLossSegmentor',
    'FeatureBank',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'FineTuning',
    'GuidedFilterRefiner',
    'HSNetHead',
    'ImageEncoder',
    'ImageView',
    'LevelView',
    'MaskRefiner',
    'PositionalDebias',
    'PrototypeHead',
    'SamRefiner',
    'ShotFusion',
    'SimPropHead',
    'TimmBackbone',
    'TorchvisionBackbone',
    'TrainingFreeHead',
    'average_probabilities',
    'encoder_licences',
    'largest_images',
    'refined_logits',
    'refiner_config',
    'require_accepted',
]
