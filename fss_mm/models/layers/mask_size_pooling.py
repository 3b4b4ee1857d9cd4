"""Pooling at the mask's size, of features that are resized to it.

PANet, SG-One and AMP resize the features and average them under the whole mask. Both
steps are linear: the same average is one of the features as they are, under a mask that
goes through the transposed resizing. It takes no memory of mask size for each channel,
and no object is too small for it.

Shape letters: N episodes, K shots, B any batch, L labels, C channels, H W mask size,
h w feature size.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .masked_pooling import masked_average_pool
from .precision import at_least_single, without_autocast


def mask_size_weights(
    masks: Tensor,
    size: tuple[int, int],
    align_corners: bool = False,
    mode: str = 'linear',
) -> Tensor:
    """What each cell counts in a sum over resized features.

    Args:
        masks (Tensor): (B, L, H, W), weights of the pixels, floating point.
        size (tuple[int, int]): (h, w).
        align_corners (bool): Place of bilinear samples. Defaults to False.
        mode (str): How features are resized: 'linear' in both directions, or 'nearest'
            (AMP). Defaults to 'linear'.

    Returns:
        Tensor: (B, L, h, w), 0 or more; the sum over the cells is that over the pixels.
    """
    corners = align_corners if mode == 'linear' else None
    rows, columns = (
        F.interpolate(
            torch.eye(small, dtype=masks.dtype, device=masks.device)[None],
            full,
            mode=mode,
            align_corners=corners,
        )[0]  # (small, full): what a cell gives to each pixel
        for small, full in zip(size, masks.shape[-2:])
    )
    with without_autocast(masks):  # areas are sums of thousands
        return rows @ masks @ columns.mT


def mask_size_prototype(
    feat: Tensor, inside: Tensor, eps: float, align_corners: bool = False
) -> Tensor:
    """The average of resized features over some pixels of the mask.

    Args:
        feat (Tensor): (N, K, C, h, w).
        inside (Tensor): (N, K, H, W), bool: the pixels that count.
        eps (float): Added to their number, so that none give zeros.
        align_corners (bool): As in :func:`mask_size_weights`. Defaults to False.

    Returns:
        Tensor: (N, K, C, 1, 1), at least in single precision.
    """
    shots, feat = feat.shape[:2], at_least_single(feat.flatten(0, 1))
    pixels = inside.flatten(0, 1).unsqueeze(1).to(feat.dtype)
    weights = mask_size_weights(pixels, feat.shape[-2:], align_corners)
    return masked_average_pool(feat, weights, eps=eps).unflatten(0, shots)
