"""A convolutional LSTM with layer norms, over maps in sequence (A-MCG).

Shape letters: B any batch, C channels, T steps, h w feature size.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class ConvLSTM(BaseModule):
    """The hidden state behind the last of several maps.

    Shi et al., NeurIPS 2015, without peepholes: one 3 x 3 convolution over the input
    and the hidden state makes input, forget and output gate and the candidate. Each of
    the four and the cell state have a layer norm over channels and cells with a scale
    and shift for each channel, so that maps may be of any size. Both states begin as
    zeros.

    Args:
        channels (int): C, of the maps and of the states.
        kernel_size (int): Of the convolution. Defaults to 3.
    """

    def __init__(
        self, channels: int, kernel_size: int = 3, init_cfg: dict | None = None
    ) -> None:
        super().__init__(init_cfg)
        self.gates = nn.Conv2d(
            2 * channels, 4 * channels, kernel_size, padding=kernel_size // 2
        )
        self.gate_norm = nn.GroupNorm(4, 4 * channels)
        self.cell_norm = nn.GroupNorm(1, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """The state behind all maps, in their order.

        Args:
            maps (Tensor): (B, T, C, h, w).

        Returns:
            Tensor: (B, C, h, w).
        """
        hidden = cell = torch.zeros_like(maps[:, 0])
        for x in maps.unbind(1):
            hidden, cell = self.step(x, hidden, cell)
        return hidden

    def step(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """The next hidden and cell state, all (B, C, h, w)."""
        gates = self.gate_norm(self.gates(torch.cat([x, hidden], dim=1)))
        enter, forget, leave, candidate = gates.chunk(4, dim=1)
        cell = forget.sigmoid() * cell + enter.sigmoid() * candidate.tanh()
        return leave.sigmoid() * self.cell_norm(cell).tanh(), cell
