"""PGNet (Zhang et al., ICCV 2019): pyramid graph networks.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import (
    ASPPDecoder,
    GraphAttention,
    conv_relu,
    label_weights,
    region_grid,
    region_means,
)
from .prior_head import PriorHead

_NODES = 'all', 'foreground'


@MODELS.register_module()
class PGNetHead(PriorHead):
    """PGNet (Zhang et al., ICCV 2019): graph attention on a pyramid of regions.

    Features are reduced by one dilated convolution (CANet's). The query is pooled to
    several sizes; at each, its regions collect the values of the support's cells
    (:class:`GraphAttention`), as does one more unit to which all cells are equal. The
    units' outputs are added up; residual blocks and an ASPP decoder follow. With
    several supports their cells are nodes of one graph.

    The authors' code is not public. Layers and defaults are those of the only public
    re-implementation we know, that of DENet's authors; where it differs from the paper
    as we know it there is a switch: ``nodes``, ``global_attention``, ``offset``. The
    paper's side of them is from summaries of it and not checked in its text. The
    re-implementation adds the equal weights of K supports up to K; here they always add
    up to 1. Its dropout behind the decoder's fusion is by cells, and here by channels.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of every layer. Defaults to 256.
        dropout (float): Channel-wise dropout behind the reducing convolution. Defaults
            to 0.5.
        scales (Sequence[int | float]): Of the pooled queries, as in
            :class:`~fss_mm.models.layers.FeatureEnrichment`. Defaults to
            (0.25, 0.5, 1.0).
        nodes (str): Which cells of a support attention sees: 'all', those of the
            background being ``offset`` (re-implementation), or 'foreground' (paper).
            Where no support has a mask left, all are seen. Defaults to 'all'.
        global_attention (str, optional): ``attention`` of the unit at full size beside
            the pyramid's; None: there is none. Defaults to 'straight_through'.
        offset (float): Added to the masked supports (re-implementation). Defaults to
            5e-4.
        num_blocks (int): Residual blocks of two convolutions. Defaults to 3.
        decoder (dict): Arguments of :class:`ASPPDecoder`. Defaults to none.
        align_corners (bool): Place of samples when maps are resized. Defaults to False.
        mask_resampling (dict): As in :class:`PriorHead`. Defaults to the nearest pixel,
            small regions kept.
        init_cfg (dict, optional): Defaults to None: convolutions begin as PyTorch's,
            and the decoder's classifier from N(0, 0.01).
        **kwargs: As in :class:`PriorHead`.

    Raises:
        ValueError: If ``nodes`` is neither.

    Examples:
        >>> decode_head = dict(type='PGNetHead', in_channels=(512, 1024))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        dropout: float = 0.5,
        scales: Sequence[int | float] = (0.25, 0.5, 1.0),
        nodes: str = 'all',
        global_attention: str | None = 'straight_through',
        offset: float = 5e-4,
        num_blocks: int = 3,
        decoder: Mapping | None = None,
        align_corners: bool = False,
        mask_resampling: Mapping = dict(mode='nearest'),  # noqa: B006
        init_cfg: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(
            in_channels,
            align_corners=align_corners,
            mask_resampling=mask_resampling,
            init_cfg=init_cfg,
            **kwargs,
        )
        if nodes not in _NODES:
            raise ValueError(f'nodes={nodes!r}, expected one of {_NODES}')
        self.nodes, self.offset = nodes, offset
        self.scales = [*scales]
        attentions = ['learned'] * len(self.scales)
        if global_attention is not None:
            self.scales.append(1.0)
            attentions.append(global_attention)
        self.reduce = conv_relu(sum(in_channels), channels, 3, 2, dropout)
        self.value = conv_relu(channels, channels, 1)
        self.units = nn.ModuleList(
            GraphAttention(channels, self.num_prior_maps, x) for x in attentions
        )
        self.blocks = nn.ModuleList(_block(channels) for _ in range(num_blocks))
        self.decoder = ASPPDecoder(channels, channels, **(decoder or {}))

    def reduce_levels(self, levels: Levels) -> Levels:
        """One dilated convolution over the concatenated levels: (B, C, h, w)."""
        return (self.reduce(self.join(levels)),)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """Each support's masked ``map``, (N, K, C, h, w), and its ``mask``.

        With a prior its masked cells as well.
        """
        feat = supports.levels[0]
        resampling = dict(align_corners=self.align_corners, **self.mask_resampling)
        mask = label_weights(supports.masks, feat, (1,), **resampling).to(feat.dtype)
        parts = dict(map=feat * mask + self.offset, mask=mask)
        return ClassRepresentation(parts | self.prior_parts(supports))

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """All of them, to be nodes of one graph: (N, K, ...)."""
        self.require_shots(shots.num_shots)
        return shots

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Reason on each size of regions, add up, decode."""
        feat = query.levels[0]
        size = tuple(feat.shape[-2:])
        maps = self.prior_maps(query, representation, size)
        supports = representation['map']
        shots = supports.shape[:2]
        values = self.value(supports.flatten(0, 1)).unflatten(0, shots)
        graph = supports, values, self._are_nodes(representation['mask'])
        own, total = self.value(feat), 0
        for unit, scale in zip(self.units, self.scales):
            small = region_grid(scale, size)
            pooled = region_means(feat, small)
            shown = [self.resize(x, small) for x in maps]
            total = total + self.resize(unit(pooled, own, *graph, *shown), size)
        for block in self.blocks:
            total = F.relu(total + block(total))
        return FewShotHeadOutput(self.decoder(total))

    def _are_nodes(self, mask: Tensor) -> Tensor:
        """Which cells are nodes, of masks (N, K, 1, h, w); never none of them."""
        if self.nodes == 'all':
            return torch.ones_like(mask, dtype=torch.bool)
        found = mask > 0
        return found | ~found.flatten(1).any(1).view(-1, 1, 1, 1, 1)


def _block(channels: int) -> nn.Sequential:
    """Two 3 x 3 convolutions with a ReLU between them."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
    )
