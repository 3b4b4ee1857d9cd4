"""A baseline without training: nearest prototype by cosine.

Shape letters: N episodes, K shots, C channels, P prototypes of a label, h w map size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...registry import MODELS
from ...structures import ClassRepresentation, SupportFeatures
from ..layers import (
    class_prototype,
    cosine_map,
    label_weights,
    spherical_k_means,
    superpixels,
)
from .training_free_head import Parts, TrainingFreeHead

_SCORINGS, _CLUSTERINGS = ('max', 'mixture'), ('kmeans', 'superpixel')
_LEAST_SHARE = 1e-6


@MODELS.register_module()
class PrototypeHead(TrainingFreeHead):
    """Give each cell to the nearer of foreground and background prototypes.

    One prototype is the masked average over the supports, several are clusters of
    their cells; the distance is the cosine. There is nothing to learn: what this
    reaches, the backbone alone is worth.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        num_prototypes (int): Of the class. Defaults to 1.
        num_background_prototypes (int): Of its background. Defaults to 1.
        scoring (str): How a cell fits several prototypes: 'max', the cosine with the
            nearest one, or 'mixture', the mean of their exponentials by share of the
            cells, at the temperature: log(sum(share * exp(temperature * cosine))) /
            temperature. Defaults to 'max'.
        clustering (str): What several prototypes are: 'kmeans', spherical k-means of
            the cells of all supports together, or 'superpixel', parts of each support's
            region (:func:`~fss_mm.models.layers.superpixels`), so that K supports have
            K times as many. Defaults to 'kmeans'.
        **kwargs: As in :class:`TrainingFreeHead`.

    Raises:
        ValueError: If a number is below 1, or there is no such scoring or
            clustering.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        num_prototypes: int = 1,
        num_background_prototypes: int = 1,
        scoring: str = 'max',
        clustering: str = 'kmeans',
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        numbers = dict(
            num_background_prototypes=num_background_prototypes,
            num_prototypes=num_prototypes,
        )
        for name, number in numbers.items():
            if not isinstance(number, int) or number < 1:
                raise ValueError(f'{name}={number}, expected a whole number >= 1')
        if scoring not in _SCORINGS:
            raise ValueError(f"scoring={scoring!r}, expected 'max' or 'mixture'")
        if clustering not in _CLUSTERINGS:
            raise ValueError(
                f"clustering={clustering!r}, expected 'kmeans' or 'superpixel'"
            )
        self.scoring, self.clustering = scoring, clustering
        # in the order of the labels, which is that of the logits
        self.numbers = dict(zip(('background', 'foreground'), numbers.values()))

    @property
    def keeps_cells(self) -> bool:
        """Clusters of k-means are those of all supports together."""
        together = self.clustering == 'kmeans' and max(self.numbers.values()) > 1
        return super().keeps_cells or together

    def describe(self, feat: Tensor, supports: SupportFeatures) -> Parts:
        """Masked averages of both labels, (N, K, C, 1, 1), and superpixels."""
        parts = {
            name: class_prototype(feat, supports.masks, label)
            for label, name in enumerate(self.numbers)
        }
        if self.clustering == 'superpixel':
            parts |= self._superpixels(feat, supports)
        return parts

    def learn(self, shots: ClassRepresentation) -> ClassRepresentation:
        """Prototypes (N, C, P, 1), and of several the shares (N, P, 1, 1)."""
        find = self._joined if self.clustering == 'superpixel' else self._clustered
        parts = {name: shots[name].mean(1) for name in self.numbers}
        for name, number in self.numbers.items():
            if number > 1:
                centres, shares = find(shots, name)
                parts[name] = centres[..., None]
                parts[f'{name}_share'] = shares[..., None, None]
        return ClassRepresentation(parts)

    def scores(self, feat: Tensor, representation: ClassRepresentation) -> Tensor:
        """Cosines with the prototypes of each label."""
        maps = [self._fit(feat, representation, name) for name in self.numbers]
        return torch.cat(maps, dim=1)

    def _fit(
        self, feat: Tensor, representation: ClassRepresentation, name: str
    ) -> Tensor:
        """With those of one label: (N, 1, h, w)."""
        prototypes = representation[name].split(1, dim=2)
        cosines = torch.cat([cosine_map(feat, x) for x in prototypes], dim=1)
        if self.numbers[name] == 1:
            return cosines
        if self.scoring == 'max':
            return cosines.amax(1, keepdim=True)
        shares = representation[f'{name}_share'].clamp_min(_LEAST_SHARE)
        fits = self.temperature * cosines + shares.log()
        return fits.logsumexp(1, keepdim=True) / self.temperature

    def _clustered(
        self, shots: ClassRepresentation, name: str
    ) -> tuple[Tensor, Tensor]:
        """Clusters of all supports' cells: (N, C, P), and their shares (N, P)."""
        cells = shots['cells'].flatten(3).transpose(1, 2).flatten(2)
        weights = shots['weights'][:, :, list(self.numbers).index(name)].flatten(2)
        # each support counts as much as in a mean of masked averages
        weights = weights / weights.sum(2, keepdim=True).clamp_min(1)
        return spherical_k_means(cells, weights.flatten(1), self.numbers[name])

    def _superpixels(self, feat: Tensor, supports: SupportFeatures) -> Parts:
        """``<label>_parts`` (N, K, C, P) and their shares (N, K, P)."""
        maps, shots = feat.flatten(0, 1), feat.shape[:2]
        weights = label_weights(supports.masks, feat).flatten(0, 1)
        parts = {}
        for label, (name, number) in enumerate(self.numbers.items()):
            if number > 1:
                found = superpixels(maps, weights[:, label], number)
                centres, shares = (x.unflatten(0, shots) for x in found)
                parts |= {f'{name}_parts': centres, f'{name}_share': shares}
        return parts

    def _joined(self, shots: ClassRepresentation, name: str) -> tuple[Tensor, Tensor]:
        """Superpixels of all supports: (N, C, K * P), and their shares."""
        shares = shots[f'{name}_share']
        # one without a cell, as in a support without the label, is the mean
        mean = shots[name].mean(1, keepdim=True).squeeze(-1)  # (N, 1, C, 1)
        centres = torch.where(shares[:, :, None] > 0, shots[f'{name}_parts'], mean)
        shares = shares.flatten(1)
        total = shares.sum(1, keepdim=True).clamp_min(1)
        return centres.transpose(1, 2).flatten(2), shares / total
