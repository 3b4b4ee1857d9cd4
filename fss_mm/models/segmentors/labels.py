"""The truth of a batch, from its inputs and data samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...structures import EpisodeLabels, FewShotSegDataSample


def episode_labels(
    inputs: dict[str, Tensor], data_samples: Sequence[FewShotSegDataSample]
) -> EpisodeLabels:
    """Stack the masks of N episodes.

    Args:
        inputs (dict[str, Tensor]): With ``support_mask`` (N, K, H, W).
        data_samples (Sequence[FewShotSegDataSample]): N of them, with ``gt_sem_seg``.
    """
    base = None
    if all('base_sem_seg' in sample for sample in data_samples):
        base = torch.cat([sample.base_sem_seg.data for sample in data_samples])
    return EpisodeLabels(
        torch.cat([sample.gt_sem_seg.data for sample in data_samples]),
        inputs['support_mask'],
        tuple(sample.get('class_id', 1) for sample in data_samples),
        base,
    )
