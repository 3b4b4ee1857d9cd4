"""Backbones beyond mmseg's."""

from .dilation import replace_stride_with_dilation
from .frozen_backbone import FrozenBackbone
from .positional_debias import PositionalDebias
from .timm_backbone import TimmBackbone
from .torchvision_backbone import TorchvisionBackbone
from .vgg_variants import change_vgg, vgg_layers

__all__ = [
    'FrozenBackbone',
    'PositionalDebias',
    'TimmBackbone',
    'TorchvisionBackbone',
    'change_vgg',
    'replace_stride_with_dilation',
    'vgg_layers',
]
