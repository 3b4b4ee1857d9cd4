"""CANet's iterative optimisation: residual blocks that see an earlier prediction.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .aspp import ASPPDecoder
from .multi_pass_decoder import MultiPassDecoder


class IterativeOptimization(MultiPassDecoder):
    """Three residual blocks and an ASPP decoder; the first block sees a history mask.

    Args:
        channels (int): C.
        decoder (dict): Arguments of :class:`ASPPDecoder`. Defaults to none.
        **kwargs: As in :class:`MultiPassDecoder`.
    """

    def __init__(self, channels: int, decoder: dict | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.blocks = nn.ModuleList(_block(channels + e, channels) for e in (2, 0, 0))
        self.decoder = ASPPDecoder(channels, channels, **(decoder or {}))

    def one_pass(self, x: Tensor, history: Tensor) -> Tensor:
        """Decode (B, C, h, w) and (B, 2, h, w) to logits (B, 2, h, w)."""
        x = x + self.blocks[0](torch.cat([x, history], dim=1))
        for block in self.blocks[1:]:
            x = x + block(x)
        return self.decoder(x)


def _block(in_channels: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(in_channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
    )
