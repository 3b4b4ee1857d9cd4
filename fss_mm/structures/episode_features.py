"""The values between encoder and head, and behind the head.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class EpisodeFeatures:
    """All that a head sees of a batch of episodes; nothing after it needs an image.

    Args:
        query (tuple[Tensor]): Per feature level, (N, C, h, w).
        support (tuple[Tensor]): Per feature level, (N, K, C, h, w).
        support_masks (Tensor): (N, K, H, W), uint8: 0 background, 1 the class, 255
            ignore.
        query_size (tuple[int, int]): Height and width of the query that was encoded.
    """

    query: tuple[Tensor, ...]
    support: tuple[Tensor, ...]
    support_masks: Tensor
    query_size: tuple[int, int]

    @property
    def num_shots(self) -> int:
        """Number of supports of each episode, K."""
        return self.support_masks.shape[1]


@dataclass(frozen=True)
class FewShotHeadOutput:
    """What a head returns.

    Args:
        query_logits (Tensor): (N, 2, h, w), background and foreground.
        support_logits (Tensor, optional): (N, K, 2, h, w), of heads that also predict
            the supports' masks. Defaults to None.
        aux (dict[str, Tensor]): Anything else worth looking at, by name.
    """

    query_logits: Tensor
    support_logits: Tensor | None = None
    aux: dict[str, Tensor] = field(default_factory=dict)
