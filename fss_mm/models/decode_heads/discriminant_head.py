"""A head without training: Fisher's linear discriminant of the supports' cells.

Shape letters: N episodes, K shots, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...registry import MODELS
from ...structures import ClassRepresentation, SupportFeatures
from ..layers import (
    at_least_single,
    label_moments,
    label_weights,
    linear_discriminant,
)
from .training_free_head import Parts, TrainingFreeHead


@MODELS.register_module()
class DiscriminantHead(TrainingFreeHead):
    """Give each cell to the nearer mean, in units of how cells vary within labels.

    As :class:`PrototypeHead`, but directions in which cells of one label vary anyway
    count less: nearest mean by the Mahalanobis distance of a common, shrunk covariance.
    Cells have unit length. A class is one vector and one number.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        shrinkage (float): Share of the identity in the covariance, above 0; 1 is the
            nearest mean by Euclid's distance. Few supports need more of it. Defaults to
            0.8.
        **kwargs: As in :class:`TrainingFreeHead`.

    Raises:
        ValueError: If ``shrinkage`` is out of range.
    """

    def __init__(
        self, in_channels: Sequence[int], shrinkage: float = 0.8, **kwargs
    ) -> None:
        super().__init__(in_channels, **kwargs)
        if not 0 < shrinkage <= 1:
            raise ValueError(f'shrinkage={shrinkage}, expected above 0 and at most 1')
        self.shrinkage = shrinkage

    def describe(self, feat: Tensor, supports: SupportFeatures) -> Parts:
        """Sums that add up over supports: (N, K, 2, C), (N, K, C, C), (N, K, 2)."""
        cells = F.normalize(at_least_single(feat), dim=2).flatten(3)
        weights = label_weights(supports.masks, feat).flatten(3)
        # each support counts as much, however large its object is
        weights = weights / weights.sum(3, keepdim=True).clamp_min(1)
        sums, moments = label_moments(cells.flatten(0, 1), weights.flatten(0, 1))
        shots = feat.shape[:2]
        return dict(
            sums=sums.unflatten(0, shots),
            moments=moments.unflatten(0, shots),
            masses=weights.sum(3),
        )

    def learn(self, shots: ClassRepresentation) -> ClassRepresentation:
        """``direction`` (N, C, 1, 1) and ``offset`` (N, 1, 1, 1)."""
        sums, moments, masses = (
            shots[name].mean(1) for name in ('sums', 'moments', 'masses')
        )
        direction, offset = linear_discriminant(sums, moments, masses, self.shrinkage)
        return ClassRepresentation(
            dict(direction=direction[..., None, None], offset=offset.view(-1, 1, 1, 1))
        )

    def scores(self, feat: Tensor, representation: ClassRepresentation) -> Tensor:
        """Distances from the plane between the labels, half of it for each."""
        cells = F.normalize(at_least_single(feat), dim=1)
        found = (cells * representation['direction']).sum(1, keepdim=True)
        half = (found + representation['offset']) / 2
        return torch.cat([-half, half], dim=1)
