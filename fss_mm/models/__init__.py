"""Data preprocessor, backbones, heads, segmentors and wrappers around them."""

from .adaptation import FineTuning, MultiScale, SegmentorWrapper, ShotFusion
from .backbones import TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    CRNetHead,
    DualBranchHead,
    FewShotDecodeHead,
    PrototypeHead,
    SimPropHead,
)
from .feature_bank import FeatureBank
from .segmentors import DualLossSegmentor, FewShotSegmentor

__all__ = [
    'CANetHead',
    'CRNetHead',
    'DualBranchHead',
    'DualLossSegmentor',
    'FeatureBank',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'FineTuning',
    'MultiScale',
    'PrototypeHead',
    'SegmentorWrapper',
    'ShotFusion',
    'SimPropHead',
    'TorchvisionBackbone',
]
