"""The arithmetic of few-shot segmentation scores.

Shape letters: E episodes, H W image size. A row of counts is (intersection, union) of
the foreground and (intersection, union) of the background.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def episode_counts(
    prediction: Tensor, target: Tensor, ignore_index: int = 255
) -> tuple[int, int, int, int]:
    """Count one episode's pixels.

    Args:
        prediction (Tensor): (H, W), 0 or 1.
        target (Tensor): (H, W): 0, 1 or ``ignore_index``.
        ignore_index (int): Pixels of this value count nowhere. Defaults to 255.

    Returns:
        tuple[int, int, int, int]: Foreground intersection and union, background
        intersection and union, over the pixels that are not ignored.

    Raises:
        ValueError: If the sizes differ.
    """
    if prediction.shape != target.shape:
        raise ValueError(
            f'prediction is {tuple(prediction.shape)} and target is '
            f'{tuple(target.shape)} (height, width); they must be equal'
        )
    valid = target != ignore_index
    fg, true_fg = (prediction == 1) & valid, (target == 1) & valid
    sums = [x.sum() for x in (fg & true_fg, fg | true_fg, valid)]
    both, either, total = torch.stack(sums).tolist()  # one wait for the device
    return both, either, total - either, total - both


def class_ious(class_ids: np.ndarray, counts: np.ndarray) -> dict[int, float]:
    """IoU of each class: counts summed over all its episodes, divided once.

    Args:
        class_ids (np.ndarray): (E,).
        counts (np.ndarray): (E, 4).

    Returns:
        dict[int, float]: Class id to IoU in percent; nan where the class has neither
        truth nor prediction.
    """
    return {
        int(c): _ratio(*counts[class_ids == c].sum(0)[:2]) for c in np.unique(class_ids)
    }


def foreground_background_iou(counts: np.ndarray) -> float:
    """FB-IoU in percent: counts (E, 4) summed over all episodes, mean of both."""
    fg_i, fg_u, bg_i, bg_u = counts.sum(0)
    return (_ratio(fg_i, fg_u) + _ratio(bg_i, bg_u)) / 2


def _ratio(intersection: int, union: int) -> float:
    return 100.0 * float(intersection) / float(union) if union else float('nan')
