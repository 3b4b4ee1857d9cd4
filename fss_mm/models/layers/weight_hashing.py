"""OSLSM's weight hashing (Shaban et al., BMVC 2017): few numbers to many weights.

Shape letters: C channels of the short vector, D of the long one.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class WeightHashing(nn.Module):
    """A fixed linear map: each output is one of the inputs, with a sign.

    W(i, j) = s(i) [j = k(i)] with a drawn input k(i) and sign s(i) of each output
    (after Chen et al., ICML 2015). It is a linear layer whose weights are never
    trained, because the authors' release stores it as one, and its weights fit.

    Args:
        in_channels (int): C.
        out_channels (int): D.
        scale (float): Size of the entries. Defaults to 1.
        seed (int): Of what is drawn; two maps take different ones. Defaults to 0.
    """

    def __init__(
        self, in_channels: int, out_channels: int, scale: float = 1.0, seed: int = 0
    ) -> None:
        super().__init__()
        generator = torch.Generator('cpu').manual_seed(seed)
        draw = dict(size=(out_channels,), generator=generator, device='cpu')
        place = torch.randint(in_channels, **draw)
        sign = 2.0 * torch.randint(2, **draw) - 1
        weight = torch.zeros(out_channels, in_channels, device='cpu')
        weight.scatter_(1, place[:, None], scale * sign[:, None])
        bias = torch.zeros(out_channels)  # where parameters are made by default
        self.weight = nn.Parameter(weight.to(bias), requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to (..., D)."""
        return F.linear(x, self.weight, self.bias)
