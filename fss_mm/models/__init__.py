"""Data preprocessor, backbones, heads and segmentors."""

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
    'PrototypeHead',
    'SimPropHead',
    'TorchvisionBackbone',
]
