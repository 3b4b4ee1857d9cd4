"""Predictions of single shots, put together.

Pure functions. Shape letters: N episodes, K shots, H W mask size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...utils.masks import foreground_mask
from .precision import at_least_single


def average_probabilities(logits: Sequence[Tensor]) -> Tensor:
    """Logits whose softmax is the mean of the given ones'.

    Args:
        logits (Sequence[Tensor]): Each (N, 2, H, W), of one size.

    Returns:
        Tensor: (N, 2, H, W), log-probabilities; a single one comes back as it is.
    """
    if len(logits) == 1:
        return logits[0]
    probabilities = torch.stack([at_least_single(x).log_softmax(1) for x in logits])
    return torch.logsumexp(probabilities, 0) - math.log(len(logits))


def vote(logits: Sequence[Tensor]) -> Tensor:
    """HSNet's vote: a pixel is foreground by half of the votes that the best pixel has.

    Each shot gives one vote to every pixel of its mask. With v votes, where the best
    pixel of the image has M (at least 1), the released code compares v / M with 1/2;
    the logits' softmax is (v + 1/2) / (M + 3/4), which is above 1/2 in the same pixels
    and neither 0 nor 1.

    Args:
        logits (Sequence[Tensor]): Each (N, 2, H, W), of one size.

    Returns:
        Tensor: (N, 2, H, W), log-probabilities but for a constant, without gradient.
    """
    votes = torch.stack([foreground_mask(x) for x in logits]).sum(0)  # (N, H, W)
    votes = votes.to(torch.promote_types(logits[0].dtype, torch.float32))
    most = votes.amax((1, 2), keepdim=True).clamp_min(1)
    return torch.stack([most - votes + 0.25, votes + 0.5], dim=1).log()


def surest_of_foreground(logits: Sequence[Tensor]) -> Tensor:
    """Each cell's logits of where its foreground leads most: the union of the masks.

    Args:
        logits (Sequence[Tensor]): Each (N, 2, h, w), of one size.

    Returns:
        Tensor: (N, 2, h, w); a single one comes back as it is.
    """
    if len(logits) == 1:
        return logits[0]
    stacked = torch.stack([at_least_single(x) for x in logits])  # (K, N, 2, h, w)
    best = (stacked[:, :, 1] - stacked[:, :, 0]).argmax(0)  # (N, h, w)
    return stacked.gather(0, best[None, :, None].expand_as(stacked[:1]))[0]
