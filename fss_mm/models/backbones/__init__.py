"""Backbones beyond mmseg's."""

from .dilation import replace_stride_with_dilation
from .timm_backbone import TimmBackbone
from .torchvision_backbone import TorchvisionBackbone

__all__ = [
    'TimmBackbone',
    'TorchvisionBackbone',
    'replace_stride_with_dilation',
]
