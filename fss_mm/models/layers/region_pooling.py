"""Maps of regions: averages over a grid of any size.

Shape letters: B any batch, C channels, h w feature size, p q number of regions.
"""

from __future__ import annotations

import torch
from torch import Tensor


def region_means(x: Tensor, size: tuple[int, int]) -> Tensor:
    """What torch's ``adaptive_avg_pool2d`` gives, as two products of matrices.

    So it has a graph of ONNX at any size, and a deterministic gradient on a GPU.

    Args:
        x (Tensor): (B, C, h, w).
        size (tuple[int, int]): (p, q); more regions than cells repeat them.

    Returns:
        Tensor: (B, C, p, q).
    """
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    rows, columns = (_shares(n, count, x) for n, count in zip(x.shape[-2:], size))
    return rows @ x @ columns.mT


def region_grid(scale: int | float, size: tuple[int, int]) -> tuple[int, int]:
    """Number of regions, of a scale and the size of the map.

    Args:
        scale (int | float): Regions a side, or up to 1 a share of the cells, rounded
            down.
        size (tuple[int, int]): (h, w).

    Returns:
        tuple[int, int]: (p, q), at least 1.
    """
    if scale > 1:
        return int(scale), int(scale)
    if scale == 1:
        return tuple(size)
    # of torch, so that sizes may be free in a graph
    return tuple(torch.sym_max(1, torch.sym_int(n * scale)) for n in size)


def _shares(cells: int, regions: int, like: Tensor) -> Tensor:
    """Share of each cell in each region's mean: (regions, cells)."""
    place = torch.arange(cells, device=like.device)
    region = torch.arange(regions, device=like.device).unsqueeze(1)
    first = region * cells // regions
    last = ((region + 1) * cells + regions - 1) // regions
    inside = ((place >= first) & (place < last)).to(like.dtype)
    return inside / (last - first)
