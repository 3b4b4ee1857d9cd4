"""Two labels of cells as Gaussians of one covariance: Fisher's linear discriminant.

Shape letters: B any batch, C channels, n cells.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .precision import at_least_single, without_autocast


def label_moments(cells: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Sums over cells, of which those of any number of images add up.

    Args:
        cells (Tensor): (B, C, n).
        weights (Tensor): (B, 2, n), of background and class.

    Returns:
        tuple[Tensor, Tensor]: Weighted sums of the cells of each label (B, 2, C), and
        of their outer products, over both labels (B, C, C). At least in single
        precision.
    """
    cells = at_least_single(cells)
    weights = weights.to(cells.dtype)
    with without_autocast(cells):
        sums = weights @ cells.transpose(1, 2)
        moments = (cells * weights.sum(1, keepdim=True)) @ cells.transpose(1, 2)
    return sums, moments


def linear_discriminant(
    sums: Tensor, moments: Tensor, masses: Tensor, shrinkage: float
) -> tuple[Tensor, Tensor]:
    """The plane half-way between two means, as the common covariance sees it.

    Args:
        sums (Tensor): (B, 2, C), of :func:`label_moments`.
        moments (Tensor): (B, C, C), likewise.
        masses (Tensor): (B, 2), the weights' sums. A label without weight has its mean
            at 0.
        shrinkage (float): Share of the identity, of the covariance's mean variance, in
            the place of the covariance; above 0, and 1 for the identity alone.

    Returns:
        tuple[Tensor, Tensor]: A unit vector (B, C), from background to class, and the
        value (B,) to add: a cell x is nearer to the class where vector . x + value is
        above 0, and that is its distance from the plane. Zeros where nothing has a
        weight.
    """
    tiny = torch.finfo(sums.dtype).tiny
    means = sums / masses[..., None].clamp_min(tiny)
    with without_autocast(means):
        between = (means * masses[..., None]).transpose(1, 2) @ means
    total = masses.sum(1).clamp_min(tiny)[:, None, None]
    covariance = (moments - between) / total
    variance = covariance.diagonal(dim1=1, dim2=2).mean(1).clamp_min(1e-12)
    shrunk = (1 - shrinkage) * covariance
    shrunk.diagonal(dim1=1, dim2=2).add_(shrinkage * variance[:, None])
    # positive by its identity: without the check, a GPU is not waited for
    factor, _ = torch.linalg.cholesky_ex(shrunk)
    apart = (means[:, 1] - means[:, 0])[..., None]
    direction = torch.cholesky_solve(apart, factor)[..., 0]
    direction = torch.nn.functional.normalize(direction, dim=1)
    return direction, -(direction * means.mean(1)).sum(1)
