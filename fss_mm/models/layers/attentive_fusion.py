"""SimPropNet's foreground-background attentive fusion (section 3.4, equation 3).

Shape letters: B any batch, C channels of the features, h w feature size.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from .masked_pooling import tiled


class AttentiveFusion(BaseModule):
    """Fuse features with a class vector and two attention maps, in three steps.

    G0 = F + Z;  G1 = IN(f(G0) + G0);  G2 = IN(f(G1 + A) + G1);  G = IN(f(G2) + G2),
    where + inside f() and in G0 is concatenation and f a 3 x 3 convolution.

    The paper writes no activation. Read so, a tiled class vector adds a constant to
    each channel, which the instance norm behind it removes: the vector would reach the
    decoder only through the border's zero padding. Likewise the mean of a normalised
    channel is a constant, so that a global pooling behind it sees nothing of the input.
    Both activations are therefore on by default, and both can be switched off.

    The attention maps of deep, non-negative features hardly vary: cosines to either
    vector are near 1, so both maps are near 1/2 with a spread of some thousandths,
    beside channels whose spread the instance norm has set to 1. Short trainings do not
    come to notice them. ``normalize_maps`` applies an instance norm without parameters
    before the maps are concatenated.

    Args:
        channels (int): C.
        inner_activation (bool): ReLU behind each convolution, inside the residual.
            Defaults to True; False is the paper's formula as it stands.
        out_activation (bool): ReLU behind the last instance norm. Defaults to True;
            False is the formula as it stands.
        affine (bool): Learned scale and shift in the instance norms (unstated in the
            paper). Defaults to True.
        normalize_maps (bool): Instance norm on the attention maps. Defaults to False,
            the formula as it stands; worth True where the training is short.
    """

    def __init__(
        self,
        channels: int,
        inner_activation: bool = True,
        out_activation: bool = True,
        affine: bool = True,
        normalize_maps: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        width = 2 * channels
        self.convs = nn.ModuleList(
            nn.Conv2d(width + extra, width, 3, padding=1) for extra in (0, 2, 0)
        )
        self.norms = nn.ModuleList(
            nn.InstanceNorm2d(width, affine=affine) for _ in range(3)
        )
        self.normalize_maps = normalize_maps
        self.inner = nn.ReLU() if inner_activation else nn.Identity()
        self.outer = nn.ReLU() if out_activation else nn.Identity()

    def forward(
        self, feat: Tensor, prototype: Tensor, fg_map: Tensor, bg_map: Tensor
    ) -> Tensor:
        """Fuse.

        Args:
            feat (Tensor): (B, C, h, w).
            prototype (Tensor): (B, C, 1, 1), the foreground's.
            fg_map (Tensor): (B, 1, h, w).
            bg_map (Tensor): (B, 1, h, w).

        Returns:
            Tensor: (B, 2C, h, w).
        """
        x = torch.cat([feat, tiled(prototype, feat)], dim=1)  # (B, 2C, h, w)
        x = self._step(0, x, x)
        maps = torch.cat([fg_map, bg_map], dim=1)  # (B, 2, h, w)
        if self.normalize_maps:
            maps = F.instance_norm(maps)
        x = self._step(1, torch.cat([x, maps.to(x.dtype)], dim=1), x)
        x = self._step(2, x, x)
        return self.outer(x)

    def _step(self, i: int, x: Tensor, residual: Tensor) -> Tensor:
        return self.norms[i](self.inner(self.convs[i](x)) + residual)
