"""Several vectors of a label: clusters of its cells.

Shape letters: B any batch, C channels, n cells, P clusters.
"""

from __future__ import annotations

from collections.abc import Callable

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
        first = _first_centres(unit, weights, cells @ weights[..., None], num)
        return lloyd(cells, weights, first, lambda x: cosines(unit, x))


def lloyd(
    cells: Tensor,
    weights: Tensor,
    centres: Tensor,
    similarity: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor]:
    """Ten steps of Lloyd's algorithm, from given centres.

    Args:
        cells (Tensor): (B, C, n).
        weights (Tensor): (B, n), 0 or above.
        centres (Tensor): (B, C, P), the first ones.
        similarity (Callable): Of centres (B, C, P) and the cells: (B, P, n).

    Returns:
        tuple[Tensor, Tensor]: As :func:`spherical_k_means` returns them.
    """
    for _ in range(_STEPS):
        members = _members(similarity(centres), weights)
        mass = members.sum(1)  # (B, P)
        means = cells @ members / _not_zero(mass)[:, None]
        centres = torch.where(mass[:, None] > 0, means, centres)
    mass = _members(similarity(centres), weights).sum(1)
    total = mass.sum(1, keepdim=True)
    return centres * (total[:, None] > 0), mass / _not_zero(total)


def cosines(unit: Tensor, centres: Tensor) -> Tensor:
    """Of unit cells (B, C, n) and any centres (B, C, P): (B, P, n)."""
    return F.normalize(centres, dim=1).transpose(1, 2) @ unit


def cell_at(cells: Tensor, place: Tensor) -> Tensor:
    """One cell of each: (B, C, n) and (B,) to (B, C, 1)."""
    return cells.gather(2, place[:, None, None].expand(-1, cells.shape[1], 1))


def _first_centres(unit: Tensor, weights: Tensor, mean: Tensor, num: int) -> Tensor:
    """P cells far from each other: (B, C, P)."""
    counted = weights > 0
    closest = cosines(unit, mean)[:, 0].masked_fill(~counted, -2)
    chosen = [cell_at(unit, closest.argmax(1))]
    closest = cosines(unit, chosen[0])[:, 0]
    for _ in range(num - 1):
        # farness counts by weight: cells at the border of a mask are hardly its own
        chosen.append(cell_at(unit, ((1 - closest) * weights).argmax(1)))
        closest = torch.maximum(closest, cosines(unit, chosen[-1])[:, 0])
    return torch.cat(chosen, dim=2)


def _members(similarity: Tensor, weights: Tensor) -> Tensor:
    """Weights of the cells in the column of their cluster: (B, n, P)."""
    nearest = similarity.argmax(1)
    return F.one_hot(nearest, similarity.shape[1]) * weights[..., None]


def _not_zero(x: Tensor) -> Tensor:
    return x.clamp_min(torch.finfo(x.dtype).tiny)
