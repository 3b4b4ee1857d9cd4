"""Backbones beyond mmseg's."""

from .dilation import replace_stride_with_dilation
from .positional_debias import PositionalDebias
from .torchvision_backbone import TorchvisionBackbone

__all__ = [
    'PositionalDebias',
    'TorchvisionBackbone',
    'replace_stride_with_dilation',
]
