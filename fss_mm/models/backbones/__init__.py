"""Backbones beyond mmseg's."""

from .dilation import replace_stride_with_dilation
from .feature_bank import FeatureBankBackbone
from .torchvision_backbone import TorchvisionBackbone

__all__ = [
    'FeatureBankBackbone',
    'TorchvisionBackbone',
    'replace_stride_with_dilation',
]
