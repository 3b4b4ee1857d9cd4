"""The decoder of CANet and SimPropNet: atrous spatial pyramid pooling and two layers.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

HE_INIT = dict(type='Kaiming', layer='Conv2d', mode='fan_in')
"""He et al., ICCV 2015: the spread of features is kept from layer to layer."""

CLASSIFIER_INIT = dict(type='Normal', std=0.01, override=dict(name='classify'))
"""CANet's, of the last layer, however the others are drawn.

Logits begin near 0, and the cross-entropy near ln 2. Drawn as the other layers are,
they grow with the features.
"""


def conv_relu(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    dilation: int = 1,
    dropout: float = 0.0,
    bias: bool = True,
) -> nn.Sequential:
    """Convolution of unchanged size, ReLU and channel-wise dropout."""
    shape = in_channels, out_channels, kernel_size
    padding = dilation * (kernel_size // 2)
    return nn.Sequential(
        nn.Conv2d(*shape, padding=padding, dilation=dilation, bias=bias),
        nn.ReLU(),
        nn.Dropout2d(dropout),
    )


class ASPPDecoder(BaseModule):
    """Global pooling, 1 x 1 and three dilated branches; then 1 x 1, 1 x 1 to classes.

    Args:
        in_channels (int): Channels of the input.
        channels (int): Channels of each branch and of the layer behind them.
        num_classes (int): Channels of the logits. Defaults to 2.
        dilations (Sequence[int]): Of the 3 x 3 branches. Defaults to (6, 12, 18).
        dropout (float): Channel-wise dropout behind each ReLU. Defaults to 0.5 (CANet).
        init_cfg (dict): Of the module itself; the head's applies to its layers first.
            Defaults to a classifier from N(0, 0.01).
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        num_classes: int = 2,
        dilations: Sequence[int] = (6, 12, 18),
        dropout: float = 0.5,
        init_cfg: dict | None = CLASSIFIER_INIT,
    ) -> None:
        super().__init__(init_cfg)
        self.pooled = conv_relu(in_channels, channels, 1, dropout=dropout)
        self.branches = nn.ModuleList(
            [conv_relu(in_channels, channels, 1, dropout=dropout)]
            + [conv_relu(in_channels, channels, 3, d, dropout) for d in dilations]
        )
        width = (2 + len(dilations)) * channels
        self.fuse = conv_relu(width, channels, 1, dropout=dropout)
        self.classify = nn.Conv2d(channels, num_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Decode (B, C, h, w) to logits (B, num_classes, h, w)."""
        pooled = self.pooled(x.mean((2, 3), keepdim=True))  # (B, channels, 1, 1)
        branches = [branch(x) for branch in self.branches]
        pooled = pooled.expand_as(branches[0])
        return self.classify(self.fuse(torch.cat([pooled, *branches], dim=1)))
