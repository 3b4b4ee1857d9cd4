"""Cells of one image that belong together, and clusters that belong to a class.

Shape letters: B any batch, N episodes, C channels, h w feature size, P cells of an
image, G clusters.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.extras import require
from .cell_matching import unit_vectors
from .masked_pooling import cosine_map


def cluster_cells(
    feat: Tensor, similarity: float = 0.6, max_cells: int = 4096
) -> Tensor:
    """Agglomerative clusters of each image's cells: average linkage of cosines.

    Clusters are joined while the mean cosine between their cells is at least
    ``similarity``. It is done on the CPU in double precision; time and memory grow with
    the square of the number of cells (docs/training-free.md).

    Args:
        feat (Tensor): (B, C, h, w).
        similarity (float): In [-1, 1]. Defaults to 0.6 (INSID3).
        max_cells (int): A larger map is averaged to so many cells at most, whose
            clusters are spread over the map again. Defaults to 4096.

    Returns:
        Tensor: (B, 1, h, w), int64: numbers from 0 on in each image.

    Raises:
        ImportError: If SciPy is not installed.
    """
    require('scipy', 'training-free')
    size = tuple(feat.shape[-2:])
    small = unit_vectors(F.adaptive_avg_pool2d(feat, grid_within(size, max_cells)))
    vectors = small.detach().flatten(2).mT.cpu().double().numpy()  # (B, P, C)
    labels = np.stack([_agglomerate(own, similarity) for own in vectors])
    labels = torch.from_numpy(labels).view(-1, 1, *small.shape[-2:]).to(feat.device)
    return F.interpolate(labels.double(), size, mode='nearest').long()


def grid_within(size: tuple[int, int], most: int) -> tuple[int, int]:
    """The largest grid of about the same shape that has no more cells than ``most``."""
    rows, columns = size
    if rows * columns <= most:
        return size
    scale = math.sqrt(most / (rows * columns))
    rows = max(1, int(rows * scale))
    return rows, max(1, min(int(columns * scale), most // rows))


def _agglomerate(vectors: np.ndarray, similarity: float) -> np.ndarray:
    """Numbers of clusters, (P,), of vectors (P, C) of length 1."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(vectors) == 1:
        return np.zeros(1, dtype=np.int64)
    cosines = squareform(vectors @ vectors.T, checks=False)  # of each pair once
    distances = np.subtract(1, cosines, out=cosines)
    # not a number: features that are none; far from everything
    np.nan_to_num(distances, copy=False, nan=1.0)
    tree = linkage(distances.clip(0, out=distances), method='average')
    return fcluster(tree, 1 - similarity, criterion='distance').astype(np.int64) - 1


def cluster_scores(
    clusters: Tensor,
    candidates: Tensor,
    matched: Tensor,
    grouped: Tensor,
    prototype: Tensor,
    weigh_seed: bool = True,
    weigh_area: bool = True,
) -> Tensor:
    """How much each cell's cluster belongs to the class.

    Of the clusters that hold candidates the one whose mean is most alike the class is
    the *seed*. A cluster's score is the product of the mean cosine of its cells to the
    class, its cosine to the seed, and the share of its cells that are candidates, which
    counts as 1 for the seed. Clusters without candidates have 0.

    Args:
        clusters (Tensor): (N, 1, h, w), int64, of :func:`cluster_cells`.
        candidates (Tensor): (N, 1, h, w), bool.
        matched (Tensor): (N, C, h, w), cells of length 1 that are compared with the
            class.
        grouped (Tensor): (N, C', h, w), cells of length 1 that are compared with the
            seed.
        prototype (Tensor): (N, C, 1, 1).
        weigh_seed (bool): Whether the cosine to the seed counts. Defaults to True.
        weigh_area (bool): Whether the share of candidates counts. Defaults to True.

    Returns:
        Tensor: (N, 1, h, w), from -1 to 1.
    """
    numbers = clusters.flatten(1)  # (N, P)
    members = _members(numbers, matched.dtype)
    size = members.sum(2).clamp_min(1)
    share = _sums(members, candidates.to(matched.dtype))[:, 0] / size
    cosine = cosine_map(matched, prototype)
    score = _sums(members, cosine)[:, 0] / size
    closeness = cosine_map(_means(members, matched), prototype)[:, 0, 0]
    closeness = closeness.masked_fill(share == 0, -torch.inf)
    seed = closeness.argmax(1, keepdim=True)  # (N, 1)
    if weigh_seed:
        means = _means(members, grouped)
        place = seed[:, None, None].expand(-1, means.shape[1], 1, 1)
        score = score * cosine_map(means, means.gather(3, place))[:, 0, 0]
    weight = share if weigh_area else torch.ones_like(share)
    weight = weight.scatter(1, seed, 1.0) * (share > 0)
    return (score * weight).gather(1, numbers).view_as(cosine)


def _members(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    """Which cells a cluster has: (N, G, P) of numbers (N, P)."""
    count = int(numbers.max()) + 1  # a GPU is waited for; the rest is small by it
    return F.one_hot(numbers, count).mT.to(dtype)


def _sums(members: Tensor, feat: Tensor) -> Tensor:
    """Sums over clusters (N, G, P) of a map (N, C, h, w): (N, C, G)."""
    return (members @ feat.flatten(2).mT).mT


def _means(members: Tensor, feat: Tensor) -> Tensor:
    """Directions of the mean cells of clusters, as a map: (N, C, 1, G)."""
    return unit_vectors(_sums(members, feat).unsqueeze(2))
