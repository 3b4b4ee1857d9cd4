"""Data preprocessor, backbones, heads and segmentors."""

from .backbones import FeatureBankBackbone, TorchvisionBackbone
from .data_preprocessor import FewShotDataPreProcessor
from .decode_heads import (
    CANetHead,
    DualBranchHead,
    FewShotDecodeHead,
    PrototypeHead,
    SimPropHead,
)
from .segmentors import DualLossSegmentor, FewShotSegmentor

__all__ = [
    'CANetHead',
    'DualBranchHead',
    'DualLossSegmentor',
    'FeatureBankBackbone',
    'FewShotDataPreProcessor',
    'FewShotDecodeHead',
    'FewShotSegmentor',
    'PrototypeHead',
    'SimPropHead',
    'TorchvisionBackbone',
]
