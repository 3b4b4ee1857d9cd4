"""HSNet's hypercorrelations: every cell of a query against every cell of a support.

Pure functions. Shape letters: N episodes, B any batch, C channels, L levels of a stage,
p q the query's cells, h w a support's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...structures import Levels
from .precision import at_least_single

_EPS = 1e-5


def unit_cells(feat: Tensor) -> Tensor:
    """Cells divided by their length, to which HSNet adds 1e-5.

    A cell of zeros stays one: whatever it is compared with, the correlation is 0.

    Args:
        feat (Tensor): (B, C, h, w).

    Returns:
        Tensor: The same shape and dtype; lengths are summed in single precision.
    """
    cells = at_least_single(feat)
    length = cells.norm(dim=1, keepdim=True)
    return (cells / (length + _EPS)).to(feat.dtype)


def hypercorrelations(query: Levels, support: Levels) -> Tensor:
    """Cosines of all pairs of cells, those below 0 cut off, for levels of one size.

    Args:
        query (tuple[Tensor]): L levels (N, C, p, q), of :func:`unit_cells`.
        support (tuple[Tensor]): L levels (N, C, h, w), likewise.

    Returns:
        Tensor: (N, L, p, q, h, w), in memory N, p, q, L, h, w.

    Raises:
        ValueError: If the levels of one image differ in size.
    """
    places = _common_size(query), _common_size(support)
    pairs = [
        torch.bmm(a.flatten(2).transpose(1, 2), b.flatten(2)).relu()
        for a, b in zip(query, support)
    ]
    stacked = torch.stack(pairs, dim=2)  # (N, pq, L, hw)
    stacked = stacked.unflatten(3, places[1]).unflatten(1, places[0])
    return stacked.permute(0, 3, 1, 2, 4, 5)


def resize_query_dims(x: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (N, C, p, q, h, w) to other p and q, bilinearly, corners on corners."""
    flat = x.permute(0, 4, 5, 1, 2, 3)  # (N, h, w, C, p, q)
    resized = F.interpolate(
        flat.flatten(0, 2), tuple(size), mode='bilinear', align_corners=True
    )
    return resized.unflatten(0, flat.shape[:3]).permute(0, 3, 4, 5, 1, 2)


def resize_support_dims(x: Tensor, size: Sequence[int]) -> Tensor:
    """The same of h and w."""
    turned = x.permute(0, 1, 4, 5, 2, 3)  # (N, C, h, w, p, q)
    return resize_query_dims(turned, size).permute(0, 1, 4, 5, 2, 3)


def _common_size(levels: Levels) -> tuple[int, int]:
    sizes = [tuple(level.shape[-2:]) for level in levels]
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f'levels of one stage have sizes {sorted(set(sizes))}: put levels of one '
            'stride into a stage (num_levels), in the order of the backbone'
        )
    return sizes[0]
