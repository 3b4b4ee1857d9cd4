"""Backbones beyond mmseg's."""

from .dilation import replace_stride_with_dilation
from .torchvision_backbone import TorchvisionBackbone

__all__ = [
    'TorchvisionBackbone',
    'replace_stride_with_dilation',
]
