"""Several vectors of a label in one image: parts of its region, side by side.

Shape letters: B images, C channels, h w feature size, n = h * w cells, P superpixels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import at_least_single, without_autocast
from .spherical_k_means import cell_at, cosines, lloyd

_COMPACTNESS = 2.0  # of places in units of the map's longer side, against unit cells


def superpixels(feat: Tensor, weights: Tensor, num: int) -> tuple[Tensor, Tensor]:
    """Clusters of a region's cells by features and place, without a random number.

    After the superpixel-guided clustering of ASGNet (CVPR 2021, section 4.1). As there,
    seeds are spread over the region: each is the cell farthest from what is outside,
    the image's edges too, and from the seeds that there are. Other than there a cell
    belongs to its nearest centre alone, by the squared distance of cells of unit length
    plus the squared distance of places, and the number is given.

    Args:
        feat (Tensor): (B, C, h, w).
        weights (Tensor): (B, h, w), 0 or above; the region is where they are above 0.
        num (int): P. In a region of fewer cells some have the share 0.

    Returns:
        tuple[Tensor, Tensor]: The clusters' weighted means (B, C, P), all zero where no
        cell has a weight, and their shares of the weights (B, P). At least in single
        precision.
    """
    cells = at_least_single(feat.flatten(2))
    places = _places(feat, cells.dtype)  # (B, 2, n)
    flat = weights.flatten(1).to(cells.dtype)
    with without_autocast(cells):
        unit = F.normalize(cells, dim=1)
        seeds = _seeds(weights > 0, places, num)

        def similarity(centres: Tensor) -> Tensor:
            vectors, there = centres.split([cells.shape[1], 2], dim=1)
            # 1 - cosine is half of the squared distance of vectors of unit length
            apart = _COMPACTNESS**2 * _squares(there, places) / 2
            return cosines(unit, vectors) - apart

        known = torch.cat([cells, places], dim=1)
        first = torch.cat([cell_at(known, seed) for seed in seeds], dim=2)
        centres, shares = lloyd(known, flat, first, similarity)
    return centres[:, : cells.shape[1]], shares


def _places(feat: Tensor, dtype: torch.dtype) -> Tensor:
    """Rows and columns of the cells, in units of the longer side: (B, 2, n)."""
    rows, columns = (
        torch.arange(n, dtype=dtype, device=feat.device) for n in feat.shape[-2:]
    )
    grid = torch.stack(torch.meshgrid(rows, columns, indexing='ij')).flatten(1)
    return (grid / max(feat.shape[-2:])).expand(len(feat), -1, -1)


def _seeds(region: Tensor, places: Tensor, num: int) -> list[Tensor]:
    """P cells of regions (B, h, w), spread over them: each (B,)."""
    inside = _squares_to_outside(region).flatten(1) / max(region.shape[-2:]) ** 2
    free = inside.to(places.dtype).masked_fill(~region.flatten(1), -1)
    seeds = []
    for _ in range(num):
        seeds.append(free.argmax(1))
        near = _squares(cell_at(places, seeds[-1]), places)[:, 0]
        free = torch.minimum(free, near)
    return seeds


def _squares_to_outside(region: Tensor) -> Tensor:
    """Squared distance, in cells, to what is none of a region (B, h, w)."""
    framed = F.pad(region, (1, 1, 1, 1))
    height, width = framed.shape[1:]
    far = (height + width) ** 2
    rows, columns = (
        torch.arange(n, device=region.device)[:, None] for n in (height, width)
    )
    along = (framed * far)[:, :, None, :] + (columns - columns.T) ** 2
    found = along.amin(3)  # nearest in the own row
    across = found[:, None, :, :] + ((rows - rows.T) ** 2)[..., None]
    return across.amin(2)[:, 1:-1, 1:-1]


def _squares(centres: Tensor, places: Tensor) -> Tensor:
    """Squared distances of (B, 2, P) and (B, 2, n): (B, P, n)."""
    return (centres[..., None] - places[:, :, None]).square().sum(1)
