"""CRNet's condition module.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor

from .aspp import conv_relu
from .masked_pooling import tiled


class Condition(BaseModule):
    """Features told which class is meant (CRNet section 4.4, figure 4).

    The class vector is tiled and concatenated, and a residual convolution follows. A
    convolution back to C channels goes in front of it, which a residual of C channels
    needs and the paper does not mention.

    Args:
        channels (int): C.
    """

    def __init__(self, channels: int, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.fuse = conv_relu(2 * channels, channels, 3)
        self.residual = conv_relu(channels, channels, 3)

    def forward(self, feat: Tensor, prototype: Tensor) -> Tensor:
        """Condition (B, C, h, w) on vectors (B, C, 1, 1): (B, C, h, w)."""
        x = self.fuse(torch.cat([feat, tiled(prototype, feat)], dim=1))
        return x + self.residual(x)
