"""PFENet's feature enrichment module.

Shape letters: B any batch, C channels, M maps, h w feature size, p q size of a scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from .aspp import conv_relu
from .masked_pooling import tiled
from .region_pooling import region_grid, region_means


def classifier(channels: int, dropout: float = 0.1) -> nn.Sequential:
    """A 3 x 3 convolution with ReLU and dropout, and 1 x 1 to two classes (PFENet)."""
    hidden = conv_relu(channels, channels, 3, dropout=dropout, bias=False)
    return nn.Sequential(hidden, nn.Conv2d(channels, 2, 1))


class FeatureEnrichment(BaseModule):
    """The feature enrichment module of PFENet (section 3.3), by its released code.

    The query is pooled to several scales; at each it is concatenated with the class
    vector and the prior (inter-source enrichment), what the scale before found is
    added through a convolution (inter-scale interaction, fine to coarse), and a first
    prediction is made. The scales, resized to the query, are fused (information
    concentration).

    Args:
        channels (int): C.
        num_maps (int): M, maps to be concatenated, such as a prior.
        scales (Sequence[int | float]): Sides of the pooled maps, in cells; a number up
            to 1 is a share of the query's sides. Defaults to (60, 30, 15, 8), of
            images of 473 x 473 pixels.
        dropout (float): Channel-wise dropout in the classifiers. Defaults to 0.1.
        align_corners (bool): Place of samples of resized maps. Defaults to True.

    Raises:
        ValueError: If a scale is not above 0, or there is none.
    """

    def __init__(
        self,
        channels: int,
        num_maps: int = 1,
        scales: Sequence[int | float] = (60, 30, 15, 8),
        dropout: float = 0.1,
        align_corners: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not scales or min(scales) <= 0:
            raise ValueError(f'scales={tuple(scales)}, expected numbers above 0')
        self.scales, self.align_corners = tuple(scales), align_corners

        def conv(width: int, kernel_size: int) -> nn.Sequential:
            return conv_relu(width, channels, kernel_size, bias=False)

        def residual() -> nn.Sequential:
            return nn.Sequential(conv(channels, 3), conv(channels, 3))

        width, count = 2 * channels + num_maps, len(self.scales)
        self.merge = nn.ModuleList(conv(width, 1) for _ in range(count))
        self.previous = nn.ModuleList(conv(2 * channels, 1) for _ in range(count - 1))
        self.residuals = nn.ModuleList(residual() for _ in range(count))
        self.classifiers = nn.ModuleList(
            classifier(channels, dropout) for _ in range(count)
        )
        self.fuse = conv(count * channels, 1)
        self.fused_residual = residual()

    def forward(
        self, feat: Tensor, prototype: Tensor, *maps: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Enrich.

        Args:
            feat (Tensor): (B, C, h, w), of the query.
            prototype (Tensor): (B, C, 1, 1), the class vector.
            *maps (Tensor): (B, 1, h, w) each, M of them.

        Returns:
            tuple[Tensor, list[Tensor]]: (B, C, h, w); logits (B, 2, p, q) of each
            scale.
        """
        size = feat.shape[-2:]
        found, logits = [], []
        for i, scale in enumerate(self.scales):
            x = self._sources(i, region_grid(scale, size), feat, prototype, maps)
            if found:
                before = self._resize(found[-1], x.shape[-2:])
                x = self.previous[i - 1](torch.cat([x, before], dim=1)) + x
            x = self.residuals[i](x) + x
            logits.append(self.classifiers[i](x))
            found.append(self._resize(x, size))
        x = self.fuse(torch.cat(found, dim=1))
        return self.fused_residual(x) + x, logits

    def _sources(
        self,
        i: int,
        size: tuple[int, int],
        feat: Tensor,
        prototype: Tensor,
        maps: Sequence[Tensor],
    ) -> Tensor:
        """Query, class vector and maps at one scale, merged: (B, C, p, q)."""
        pooled = region_means(feat, size)
        maps = [self._resize(x, size) for x in maps]
        return self.merge[i](
            torch.cat([pooled, tiled(prototype, pooled), *maps], dim=1)
        )

    def _resize(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        return F.interpolate(
            x, tuple(size), mode='bilinear', align_corners=self.align_corners
        )
