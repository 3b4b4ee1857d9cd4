"""Several vectors of a label: clusters of its cells.

Shape letters: B any batch, C channels, n cells, P clusters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import at_least_single, without_autocast

_STEPS = 10  # of Lloyd's algorithm; clusters of some thousand cells hardly move later


def spherical_k_means(
    cells: Tensor, weights: Tensor, num: int
) -> tuple[Tensor, Tensor]:
    """Spherical k-means of weighted cells, without a random number.

    The first centre is the cell most like the mean, each further one the cell farthest
    from those that there are; ten steps of Lloyd's algorithm follow. The order of the
    cells does not matter, but for ties.

    Args:
        cells (Tensor): (B, C, n).
        weights (Tensor): (B, n), 0 or above; cells of weight 0 count nowhere.
        num (int): P. Where fewer cells differ, clusters repeat each other, and all
            but one of them have the share 0.

    Returns:
        tuple[Tensor, Tensor]: Centres (B, C, P), the clusters' weighted means, all zero
        where no cell has a weight; and the clusters' shares of the weights (B, P). At
        least in single precision.
    """
    cells = at_least_single(cells)
    weights = weights.to(cells.dtype)
    with without_autocast(cells):
        unit = F.normalize(cells, dim=1)
        centres = _first_centres(unit, weights, cells @ weights[..., None], num)
        for _ in range(_STEPS):
            members = _members(unit, centres, weights)
            mass = members.sum(1)  # (B, P)
            means = cells @ members / _not_zero(mass)[:, None]
            centres = torch.where(mass[:, None] > 0, means, centres)
        mass = _members(unit, centres, weights).sum(1)
    total = mass.sum(1, keepdim=True)
    return centres * (total[:, None] > 0), mass / _not_zero(total)


def _first_centres(unit: Tensor, weights: Tensor, mean: Tensor, num: int) -> Tensor:
    """P cells far from each other: (B, C, P)."""
    counted = weights > 0
    closest = _cosines(unit, mean)[:, 0].masked_fill(~counted, -2)
    chosen = [_cell(unit, closest.argmax(1))]
    closest = _cosines(unit, chosen[0])[:, 0]
    for _ in range(num - 1):
        # farness counts by weight: cells at the border of a mask are hardly its own
        chosen.append(_cell(unit, ((1 - closest) * weights).argmax(1)))
        closest = torch.maximum(closest, _cosines(unit, chosen[-1])[:, 0])
    return torch.cat(chosen, dim=2)


def _members(unit: Tensor, centres: Tensor, weights: Tensor) -> Tensor:
    """Weights of the cells in the column of their cluster: (B, n, P)."""
    nearest = _cosines(unit, centres).argmax(1)
    return F.one_hot(nearest, centres.shape[2]) * weights[..., None]


def _cosines(unit: Tensor, centres: Tensor) -> Tensor:
    """Of unit cells and any centres (B, C, P): (B, P, n)."""
    return F.normalize(centres, dim=1).transpose(1, 2) @ unit


def _cell(cells: Tensor, place: Tensor) -> Tensor:
    """One cell of each: (B, C, 1)."""
    return cells.gather(2, place[:, None, None].expand(-1, cells.shape[1], 1))


def _not_zero(x: Tensor) -> Tensor:
    return x.clamp_min(torch.finfo(x.dtype).tiny)
