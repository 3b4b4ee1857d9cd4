"""CRNet's cross-reference module.

Shape letters: B any batch, C channels, h w feature size. A *pair* is a tensor
(B, 2, C, h, w): the features of a query and of its support.
"""

from __future__ import annotations

from mmengine.model import BaseModule
from torch import Tensor, nn


class CrossReference(BaseModule):
    """Channels that matter in both images (CRNet section 4.3, figure 3).

    g_i = sigmoid(FC(ReLU(FC(mean of F_i)))); both maps are weighed by g_1 * g_2.

    The gate is one for both images, so that exchanging them exchanges the outputs and
    changes nothing else. The paper sends the means through "a pair of two-layer FC
    layers" and leaves the hidden width, its activation and whether the pair shares its
    weights open.

    Args:
        channels (int): C.
        hidden_channels (int, optional): Between the two layers. Defaults to C.
        shared (bool): One set of weights for both images, as the symmetric design asks
            for. Defaults to True.
    """

    def __init__(
        self,
        channels: int,
        hidden_channels: int | None = None,
        shared: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        hidden = channels if hidden_channels is None else hidden_channels
        self.gates = nn.ModuleList(
            nn.Sequential(
                nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels)
            )
            for _ in range(1 if shared else 2)
        )

    def forward(self, pair: Tensor) -> Tensor:
        """Weigh the channels of a pair (B, 2, C, h, w); the same shape comes back."""
        means = pair.mean((-2, -1)).unbind(1)  # two of (B, C)
        first, second = (
            gate(mean).sigmoid()
            for gate, mean in zip((self.gates[0], self.gates[-1]), means)
        )
        return pair * (first * second)[:, None, :, None, None]
