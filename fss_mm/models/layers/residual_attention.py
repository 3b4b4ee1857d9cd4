"""Spatial residual attention (Wang et al., CVPR 2017), as A-MCG takes it up.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from .aspp import conv_relu


class ResidualAttention(BaseModule):
    """Weigh the cells of a map by what lies around them: (1 + m) x.

    The mask m, one number in (0, 1) for each cell, is made from the map at half its
    size, so that a cell sees its surroundings: max-pooling, a 3 x 3 convolution,
    bilinear enlarging, a 1 x 1 convolution and a sigmoid. One such step down and up is
    our reading; Wang's network takes several and weighs channels as well.

    Args:
        channels (int): C.
    """

    def __init__(self, channels: int, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.surroundings = conv_relu(channels, channels, 3)
        self.mask = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to the same."""
        half = self.surroundings(F.max_pool2d(x, 3, 2, 1))
        around = F.interpolate(half, x.shape[-2:], mode='bilinear', align_corners=True)
        return (1 + self.mask(around).sigmoid()) * x
