"""PGNet's graph attention unit.

Shape letters: N episodes, K shots, C channels, M maps, h w feature size, p q size of
the pooled query, P its nodes, S nodes of all supports.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from .aspp import conv_relu
from .precision import at_least_single, without_autocast
from .region_pooling import region_means

ATTENTIONS = 'learned', 'straight_through', 'uniform'


class GraphAttention(BaseModule):
    """Each node of a query collects what nodes of supports hold (PGNet, section 3.2).

    A query's cells, or regions of them, and the supports' cells are the nodes of a
    bipartite graph. The weight of an edge is the softmax, over the support nodes, of
    the dot product of two projections; the weighted sum of the supports' values is
    concatenated with the query's own and fused.

    Args:
        channels (int): C.
        num_maps (int): M, maps to be concatenated as well, such as a prior. Defaults
            to 0.
        attention (str): 'learned'; 'uniform': all support nodes weigh the same, and
            there are no projections; 'straight_through': the same forward, and backward
            the projections get the softmax's gradient at equal weights, as in the only
            public re-implementation, though no output depends on them. Defaults to
            'learned'.

    Raises:
        ValueError: If there is no such attention.
    """

    def __init__(
        self,
        channels: int,
        num_maps: int = 0,
        attention: str = 'learned',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if attention not in ATTENTIONS:
            raise ValueError(f'attention={attention!r}, expected one of {ATTENTIONS}')
        self.attention = attention
        if attention != 'uniform':
            self.support_projection = nn.Conv2d(channels, channels, 1)
            self.query_projection = nn.Conv2d(channels, channels, 1)
        self.fuse = conv_relu(2 * channels + num_maps, channels, 1)

    def forward(
        self,
        query: Tensor,
        query_values: Tensor,
        supports: Tensor,
        support_values: Tensor,
        nodes: Tensor,
        *maps: Tensor,
    ) -> Tensor:
        """Reason.

        Args:
            query (Tensor): (N, C, p, q), features of the query's nodes.
            query_values (Tensor): (N, C, h, w), pooled here to p x q.
            supports (Tensor): (N, K, C, h, w), features of the supports' nodes.
            support_values (Tensor): (N, K, C, h, w).
            nodes (Tensor): (N, K, 1, h, w), bool: which cells of supports are nodes.
            *maps (Tensor): (N, 1, p, q) each, M of them.

        Returns:
            Tensor: (N, C, p, q).
        """
        size = query.shape[-2:]
        weights = self._weights(query, supports, nodes.flatten(1).unsqueeze(1))
        with without_autocast(query):
            values = at_least_single(support_values).transpose(1, 2).flatten(2)
            found = (weights @ values.mT).mT.unflatten(2, tuple(size))
        own = region_means(query_values, size)
        return self.fuse(torch.cat([found.to(own.dtype), own, *maps], dim=1))

    def _weights(self, query: Tensor, supports: Tensor, nodes: Tensor) -> Tensor:
        """(N, P, S), of nodes (N, 1, S); each row adds up to 1."""
        share = nodes.to(torch.promote_types(query.dtype, torch.float32))
        share = share / share.sum(2, keepdim=True)
        if self.attention == 'uniform':
            return share.expand(-1, query[0, 0].numel(), -1)
        shots = supports.shape[:2]
        keys = self.support_projection(supports.flatten(0, 1)).unflatten(0, shots)
        queries = at_least_single(self.query_projection(query)).flatten(2)
        keys = at_least_single(keys).transpose(1, 2).flatten(2)
        with without_autocast(query):
            likeness = queries.mT @ keys
        if self.attention == 'learned':
            return likeness.masked_fill(~nodes, -torch.inf).softmax(2)
        mean = (likeness * share).sum(2, keepdim=True)
        change = share * (likeness - mean)  # the softmax at equal weights, linearised
        return share + (change - change.detach())
