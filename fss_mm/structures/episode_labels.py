"""The truth of a batch of episodes, for losses.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class EpisodeLabels:
    """What a batch of episodes should be predicted as.

    Args:
        query (Tensor): (N, H, W), uint8: 0, 1 or 255.
        supports (Tensor): (N, K, H, W), uint8: 0, 1 or 255.
        class_ids (tuple[int, ...]): N, as in the data set's masks.
        base (Tensor, optional): (N, H, W), uint8: the queries' labels of the base
            classes, where a method learns those as well (BAM). Defaults to None.
    """

    query: Tensor
    supports: Tensor
    class_ids: tuple[int, ...] = ()
    base: Tensor | None = None
