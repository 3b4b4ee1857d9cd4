"""Data preprocessor, backbones, heads, segmentors, strategies at test, refiners."""

from .backbones import PositionalDebias, TimmBackbone, TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    AMCGHead,
    AMPBaseHead,
    AMPHead,
    CANetHead,
    ClusterMatchHead,
    CoFCNHead,
    CRNetHead,
    DenseComparisonHead,
    DiscriminantHead,
    FewShotDecodeHead,
    OSLSMHead,
    PANetHead,
    PrototypeHead,
    SGOneHead,
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
    SupervisedSegmentor,
    largest_images,
)
from .strategies import FineTuning, ShotFusion, average_probabilities

__all__ = [
    'SUPPORT_VIEWS',
    'AMCGHead',
    'AMPBaseHead',
    'AMPHead',
    'CANetHead',
    'CRNetHead',
    'ClusterMatchHead',
    'CoFCNHead',
    'DenseComparisonHead',
    'DiscriminantHead',
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
    'OSLSMHead',
    'PANetHead',
    'PositionalDebias',
    'PrototypeHead',
    'SGOneHead',
    'SamRefiner',
    'ShotFusion',
    'SimPropHead',
    'SupervisedSegmentor',
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
