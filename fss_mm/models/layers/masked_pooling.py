"""From a support mask to class vectors: down-sampling, pooling, similarity.

Pure functions. Shape letters: B any batch, N episodes, K shots, C channels, H W mask
size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import at_least_single


def downsample_label(
    mask: Tensor,
    label: int,
    size: tuple[int, int],
    align_corners: bool = True,
    mode: str = 'bilinear',
    keep_small: bool = True,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Weights of one label at feature size.

    Args:
        mask (Tensor): (B, H, W), any integer dtype.
        label (int): The value to look for.
        size (tuple[int, int]): (h, w).
        align_corners (bool): Place of the bilinear samples. Defaults to True (CANet).
        mode (str): 'bilinear', 'nearest' or 'area' (the label's share of each cell).
            Defaults to 'bilinear' (CANet).
        keep_small (bool): A region so small that the sampling misses it would give an
            empty prototype; there, the cells nearest to its pixels get weight 1.
            Defaults to True; False is CANet's code.
        dtype (torch.dtype): Of the weights. Defaults to single precision.

    Returns:
        Tensor: (B, 1, h, w) in [0, 1]; all zero where the label is absent.

    Raises:
        ValueError: If there is no such mode.
    """
    if mode not in ('bilinear', 'nearest', 'area'):
        raise ValueError(f"mode={mode!r}, expected 'bilinear', 'nearest' or 'area'")
    hits = (mask == label).unsqueeze(1).to(dtype)  # (B, 1, H, W)
    corners = align_corners if mode == 'bilinear' else None
    weights = F.interpolate(hits, size, mode=mode, align_corners=corners)
    if keep_small:
        lost = weights.sum((1, 2, 3), keepdim=True) == 0
        weights = torch.where(lost, _nearest_cells(hits, size, align_corners), weights)
    return weights


def _nearest_cells(hits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Mark the cells nearest to the pixels of ``hits`` (B, 1, H, W): (B, 1, h, w).

    Made for all masks, though few need it: asking which would wait for a GPU.
    """
    for dim, small in zip((2, 3), size):
        full = hits.shape[dim]
        places = torch.arange(full, dtype=hits.dtype, device=hits.device)
        if align_corners:
            places = places * (small - 1) / max(full - 1, 1)
        else:
            places = (places + 0.5) * small / full - 0.5
        shape = [*hits.shape[:dim], small, *hits.shape[dim + 1 :]]
        cells = places.round().long()
        hits = hits.new_zeros(shape).index_add(dim, cells, hits)
    return (hits > 0).to(hits.dtype)


def masked_average_pool(
    feat: Tensor, weights: Tensor, normalize: bool = True, eps: float = 5e-4
) -> Tensor:
    """Pool features under a mask.

    Half-precision features are summed in single precision: a sum over some thousand
    cells leaves the range of half precision.

    Args:
        feat (Tensor): (B, C, h, w).
        weights (Tensor): (B, 1, h, w).
        normalize (bool): Divide by the mask's area (a weighted average, as CANet and
            the words of SimPropNet's section 3.4); else by h * w, as its equation 1
            is written. Defaults to True.
        eps (float): Added to the area, so that an empty mask gives zeros. Defaults to
            5e-4 (CANet).

    Returns:
        Tensor: (B, C, 1, 1), at least in single precision.
    """
    feat = at_least_single(feat)
    weights = weights.to(feat.dtype)
    area = weights.sum((2, 3), keepdim=True) + eps
    if not normalize:
        area = feat.shape[2] * feat.shape[3]
    return (feat * weights).sum((2, 3), keepdim=True) / area


def class_prototype(
    support: Tensor,
    masks: Tensor,
    label: int,
    normalize: bool = True,
    **resampling,
) -> Tensor:
    """Pool each support's features under one label (SimPropNet's equation 1).

    Args:
        support (Tensor): (N, K, C, h, w).
        masks (Tensor): (N, K, H, W).
        label (int): 1 for the class, 0 for its background.
        normalize (bool): As in :func:`masked_average_pool`. Defaults to True.
        **resampling: ``align_corners``, ``mode`` and ``keep_small`` of
            :func:`downsample_label`.

    Returns:
        Tensor: (N, K, C, 1, 1), at least in single precision.
    """
    weights = label_weights(masks, support, (label,), **resampling).flatten(0, 1)
    pooled = masked_average_pool(support.flatten(0, 1), weights, normalize)
    return pooled.unflatten(0, support.shape[:2])


def label_weights(
    masks: Tensor, feat: Tensor, labels: Sequence[int] = (0, 1), **resampling
) -> Tensor:
    """Weights of labels at the features' size, of each support.

    Args:
        masks (Tensor): (N, K, H, W).
        feat (Tensor): (N, K, C, h, w).
        labels (Sequence[int]): L values of the masks. Defaults to (0, 1): background
            and class.
        **resampling: As in :func:`class_prototype`.

    Returns:
        Tensor: (N, K, L, h, w) in [0, 1], at least in single precision.
    """
    size, dtype = feat.shape[-2:], torch.promote_types(feat.dtype, torch.float32)
    weights = [
        downsample_label(masks.flatten(0, 1), label, size, dtype=dtype, **resampling)
        for label in labels
    ]
    return torch.cat(weights, dim=1).unflatten(0, masks.shape[:2])


def tiled(prototype: Tensor, feat: Tensor) -> Tensor:
    """A class vector (B, C, 1, 1) at every cell, of the features' size and dtype."""
    return prototype.to(feat.dtype).expand_as(feat)


def cosine_map(feat: Tensor, prototype: Tensor) -> Tensor:
    """Cosine similarity of each cell to a class vector.

    Args:
        feat (Tensor): (B, C, h, w).
        prototype (Tensor): (B, C, 1, 1).

    Returns:
        Tensor: (B, 1, h, w) in [-1, 1], at least in single precision; 0 where either
        vector is zero.
    """
    vectors = at_least_single(feat), at_least_single(prototype)
    cosine = F.cosine_similarity(*vectors, dim=1, eps=1e-8)
    return cosine.unsqueeze(1)


def attention_maps(
    feat: Tensor, fg_prototype: Tensor, bg_prototype: Tensor
) -> tuple[Tensor, Tensor]:
    """Foreground and background attention, SimPropNet's equation 2.

    Args:
        feat (Tensor): (B, C, h, w).
        fg_prototype (Tensor): (B, C, 1, 1).
        bg_prototype (Tensor): (B, C, 1, 1).

    Returns:
        tuple[Tensor, Tensor]: Two (B, 1, h, w) maps that add up to 1, at least in
        single precision: they vary by thousandths, which half precision would round
        away. With non-negative features both lie in [1/3, 2/3].
    """
    fg = (1 + cosine_map(feat, fg_prototype)) / 2
    bg = (1 + cosine_map(feat, bg_prototype)) / 2
    # only two opposite vectors give 0 / 0; the bound keeps even that finite
    total = (fg + bg).clamp_min(torch.finfo(fg.dtype).tiny)
    return fg / total, bg / total
