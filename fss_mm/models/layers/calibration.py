"""A threshold from pixels whose label is known.

Shape letters: B any batch, M cells.
"""

from __future__ import annotations

import torch
from torch import Tensor

_PREFERENCE = 1e-4  # IoU that a bias of 1 has to bring: of equal ones the smallest wins


def best_bias(scores: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    """The bias under which "score + bias > 0" has the largest IoU.

    Args:
        scores (Tensor): (B, M), above 0 for the class.
        weights (Tensor): (B, 2, M), how much a cell is background and class.
        biases (Tensor): (G,), to choose from.

    Returns:
        Tensor: (B,), some of ``biases``; that nearest to 0 where it does not matter.
    """
    background, foreground = weights.unbind(1)
    whole = foreground.sum(1)
    gains = []
    for bias in biases:
        found = (scores + bias > 0).to(weights.dtype)
        union = whole + (background * found).sum(1)
        shared = (foreground * found).sum(1)
        iou = shared / union.clamp_min(torch.finfo(union.dtype).tiny)
        gains.append(iou - _PREFERENCE * bias.abs())
    return biases[torch.stack(gains, 1).argmax(1)]
