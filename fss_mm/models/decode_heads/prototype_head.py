"""A baseline without training: nearest prototype by cosine.

Shape letters: N episodes, K shots, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import class_prototype, cosine_map
from .few_shot_head import FewShotDecodeHead


@MODELS.register_module()
class PrototypeHead(FewShotDecodeHead):
    """Give each cell to the nearer of a foreground and a background prototype.

    The prototypes are masked averages over the supports, the distance is the cosine.
    There is nothing to learn: what this reaches, the backbone alone is worth.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        temperature (float): Factor on the cosines, which makes them logits; it does
            not change which is larger. Defaults to 20 (PANet).
        **kwargs: As in :class:`FewShotDecodeHead`.
    """

    def __init__(
        self, in_channels: Sequence[int], temperature: float = 20.0, **kwargs
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.temperature = temperature

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """Masked averages of the class and of its background, (N, K, C, 1, 1)."""
        (feat,) = supports.levels
        labels = dict(background=0, foreground=1)
        return ClassRepresentation(
            {k: class_prototype(feat, supports.masks, v) for k, v in labels.items()}
        )

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Compare each cell of the query with both prototypes."""
        (feat,) = query.levels
        names = 'background', 'foreground'  # as the logits are
        maps = [cosine_map(feat, representation[name]) for name in names]
        return FewShotHeadOutput(self.temperature * torch.cat(maps, dim=1))
