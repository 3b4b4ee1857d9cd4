"""SG-One's segmentation branch: levels in a chain, weighed by the similarity.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class LevelChain(BaseModule):
    """A 3 x 3 convolution a level, each told what the one before has found.

    A ReLU follows all but the last.

    Args:
        in_channels (Sequence[int]): Of the levels, from the first layers on.
        channels (int): C, of every convolution.
    """

    def __init__(
        self, in_channels: Sequence[int], channels: int, init_cfg: dict | None = None
    ) -> None:
        super().__init__(init_cfg)
        self.convs = nn.ModuleList(
            nn.Conv2d(own + channels * (place > 0), channels, 3, padding=1)
            for place, own in enumerate(in_channels)
        )

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Levels (B, any, h, w) of one size to (B, C, h, w)."""
        first, *others = levels
        x = self.convs[0](first)
        for conv, level in zip(self.convs[1:], others):
            x = conv(torch.cat([x.relu(), level], dim=1))
        return x
