"""The values between encoder and head, and behind the head.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

Levels = tuple[Tensor, ...]


@dataclass(frozen=True)
class EpisodeFeatures:
    """All that a head sees of a batch of episodes; nothing after it needs an image.

    Args:
        query (tuple[Tensor]): Per feature level, (N, C, h, w).
        support (tuple[Tensor]): Per feature level, (N, K, C, h, w).
        support_masks (Tensor): (N, K, H, W), uint8: 0 background, 1 the class, 255
            ignore.
        query_size (tuple[int, int]): Height and width of the query that was encoded.
        support_views (dict[str, tuple[Tensor]]): What the head asked to have encoded of
            the supports beside the plain images, by name; like ``support``.
    """

    query: Levels
    support: Levels
    support_masks: Tensor
    query_size: tuple[int, int]
    support_views: dict[str, Levels] = field(default_factory=dict)

    @property
    def num_shots(self) -> int:
        """Number of supports of each episode, K."""
        return self.support_masks.shape[1]

    def episodes(self, which: slice) -> EpisodeFeatures:
        """Some episodes of the batch."""
        chosen = replace(self, support_masks=self.support_masks[which])
        return chosen.map_features(lambda x: x[which])

    def map_features(self, function: Callable[[Tensor], Tensor]) -> EpisodeFeatures:
        """All feature maps through a function, such as ``torch.detach``."""
        query = tuple(map(function, self.query))
        return replace(self, query=query)._map_supports(function)

    def with_supports(self, shots: Sequence[int]) -> EpisodeFeatures:
        """The same queries with some of their supports, in the given order."""
        chosen = replace(self, support_masks=self.support_masks[:, list(shots)])
        return chosen._map_supports(lambda x: x[:, list(shots)])

    def support_as_query(self, query: int, support: int) -> EpisodeFeatures:
        """One support in the query's place, shown another (or the same) as its support.

        A re-indexing: nothing is encoded again. The mask of the new query is
        ``support_masks[:, query]``, and its size counts as the query's.
        """
        return replace(
            self.with_supports([support]),
            query=tuple(level[:, query] for level in self.support),
            query_size=tuple(self.support_masks.shape[-2:]),
        )

    def _map_supports(self, function: Callable[[Tensor], Tensor]) -> EpisodeFeatures:
        return replace(
            self,
            support=tuple(map(function, self.support)),
            support_views={
                name: tuple(map(function, levels))
                for name, levels in self.support_views.items()
            },
        )


@dataclass(frozen=True)
class FewShotHeadOutput:
    """What a head returns.

    Args:
        query_logits (Tensor): (N, 2, h, w), background and foreground.
        support_logits (Tensor, optional): (N, K, 2, h, w), of heads that also predict
            the supports' masks. Defaults to None.
        aux (dict[str, Tensor]): Anything else worth looking at, by name.
        training_outputs (dict[str, FewShotHeadOutput]): Predictions that exist for
            their loss alone, by the name that prefixes it.
        loss_weight (float): Factor on this prediction's losses. Defaults to 1.
    """

    query_logits: Tensor
    support_logits: Tensor | None = None
    aux: dict[str, Tensor] = field(default_factory=dict)
    training_outputs: dict[str, FewShotHeadOutput] = field(default_factory=dict)
    loss_weight: float = 1.0
