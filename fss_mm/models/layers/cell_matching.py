"""Which cells of a query correspond to a class in its supports.

Pure functions. Shape letters: B any batch, N episodes, K shots, C channels, H W mask
size, h w feature size, P cells of a query, S cells of a support.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .masked_pooling import downsample_label
from .precision import at_least_single


def unit_vectors(feat: Tensor) -> Tensor:
    """(B, C, h, w) with cells of length 1, at least in single precision.

    A cell of zeros stays one.
    """
    return F.normalize(at_least_single(feat), dim=1, eps=1e-12)


def cells_of_label(masks: Tensor, label: int, size: tuple[int, int]) -> Tensor:
    """The cells that show a label: more than half of them, or the nearest there are.

    Where bilinear resizing leaves no cell above one half, the nearest pixels decide;
    where these miss the label, too, it is the one cell at its centroid.

    Args:
        masks (Tensor): (B, H, W), any integer dtype.
        label (int): The value to look for.
        size (tuple[int, int]): (h, w).

    Returns:
        Tensor: (B, 1, h, w), bool; nowhere true only where the label is absent.
    """
    bilinear, nearest = (
        downsample_label(masks, label, size, False, mode, keep_small=False) > 0.5
        for mode in ('bilinear', 'nearest')
    )
    centroid = _centroid_cell(masks == label, size)
    return _first_with_any(bilinear, _first_with_any(nearest, centroid))


def _first_with_any(first: Tensor, other: Tensor) -> Tensor:
    """The first, and in those of a batch where it is empty the other."""
    return torch.where(first.any(-1, True).any(-2, True), first, other)


def _centroid_cell(hits: Tensor, size: tuple[int, int]) -> Tensor:
    """The cell that holds the mean place of ``hits`` (B, H, W): (B, 1, h, w)."""
    hits = hits.double()
    total = hits.sum((1, 2))
    near = []
    for dim, small in zip((1, 2), size):
        full = hits.shape[dim]
        places = torch.arange(full, dtype=hits.dtype, device=hits.device) + 0.5
        mean = (hits.sum(3 - dim) * places).sum(1) / total.clamp_min(1)
        cell = (mean * small / full).long().clamp_max(small - 1)
        near.append(torch.arange(small, device=hits.device) == cell[:, None])
    rows, columns = near
    cells = rows[:, :, None] & columns[:, None, :] & (total > 0)[:, None, None]
    return cells.unsqueeze(1)


def backward_votes(query: Tensor, supports: Tensor, labels: Tensor) -> Tensor:
    """How many shots have a query's cell answered by the class.

    A shot votes for a cell if its own cell that is most alike lies in the class. Cells
    that are ignored answer nothing.

    Args:
        query (Tensor): (N, C, h, w), of :func:`unit_vectors`.
        supports (Tensor): (N, K, C, h', w'), likewise; any size.
        labels (Tensor): (N, K, h', w'): 1 the class, 255 ignored, else background.

    Returns:
        Tensor: (N, 1, h, w), of the query's dtype: 0 to K.
    """
    cells = query.flatten(2).mT  # (N, P, C)
    votes = query.new_zeros(cells.shape[:2])
    for shot, own in zip(supports.unbind(1), labels.flatten(2).unbind(1)):
        alike = cells @ shot.flatten(2)  # (N, P, S)
        alike = alike.masked_fill((own == 255).unsqueeze(1), -torch.inf)
        votes += (own == 1).to(votes.dtype).gather(1, alike.argmax(2))
    return votes.view(query.shape[0], 1, *query.shape[-2:])


def above_or_best(cosine: Tensor, threshold: float | Tensor, quantile: float) -> Tensor:
    """How far cells lie above a threshold; where none does, above their own quantile.

    Args:
        cosine (Tensor): (N, 1, h, w).
        threshold (float | Tensor): One for all, or one for each cell.
        quantile (float): In [0, 1].

    Returns:
        Tensor: (N, 1, h, w), above 0 where a cell is chosen.
    """
    margin = cosine - threshold
    own = margin.flatten(1).quantile(quantile, dim=1).view(-1, 1, 1, 1)
    any_above = margin.flatten(1).amax(1).view(-1, 1, 1, 1) > 0
    return torch.where(any_above, margin, margin - own)
