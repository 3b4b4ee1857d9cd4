"""The base of heads without weights: levels, temperature, calibration.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import at_least_single, best_bias, label_weights
from .few_shot_head import FewShotDecodeHead

Parts = dict[str, Tensor]


class TrainingFreeHead(FewShotDecodeHead):
    """A class in closed form from the cells of its supports; nothing is learned.

    A method implements :meth:`describe`, :meth:`learn` and :meth:`scores`.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        temperature (float): Factor on the scores, which makes them logits. It does not
            change which label a cell gets. Defaults to 20 (PANet).
        calibrate (bool): Move the threshold to where it is best for the supports: each
            is segmented by what is learned from the others, and a number from -0.2 to
            0.2 is added to the scores of the class, in steps of 0.01, under which the
            IoU over all cells of all supports is largest. With one support nothing is
            held out, and nothing is added. Defaults to False.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Raises:
        ValueError: If ``temperature`` is not above 0.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        temperature: float = 20.0,
        calibrate: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        if not temperature > 0:
            raise ValueError(f'temperature={temperature}, expected a number above 0')
        self.temperature, self.calibrate = temperature, calibrate

    # ---- what a method is ----------------------------------------------------------

    def describe(self, feat: Tensor, supports: SupportFeatures) -> Parts:
        """What is kept of each support, (N, K, ...).

        Args:
            feat (Tensor): (N, K, C, h, w).
            supports (SupportFeatures): Whose features they are.
        """
        raise NotImplementedError

    def learn(self, shots: ClassRepresentation) -> ClassRepresentation:
        """A class from its shots, (N, K, ...) to (N, ...), without calibration."""
        raise NotImplementedError

    def scores(self, feat: Tensor, representation: ClassRepresentation) -> Tensor:
        """How well cells (N, C, h, w) fit background and class: (N, 2, h, w)."""
        raise NotImplementedError

    @property
    def keeps_cells(self) -> bool:
        """Whether merging shots needs their cells, and not only what is pooled."""
        return self.calibrate

    # ---- what they share -----------------------------------------------------------

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """What :meth:`describe` says, and ``cells`` and ``weights`` if needed."""
        (feat,) = supports.levels
        parts = self.describe(feat, supports)
        if self.keeps_cells:
            weights = label_weights(supports.masks, feat)
            parts |= dict(cells=at_least_single(feat), weights=weights)
        return ClassRepresentation(parts)

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """:meth:`learn`, and the bias that suits the supports."""
        self.require_shots(shots.num_shots)
        known = self.learn(shots)
        if not self.calibrate:
            return known
        bias = self._bias(shots).view(-1, 1, 1, 1)
        return ClassRepresentation(known.parts | dict(bias=bias))

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Score each cell of the query."""
        (feat,) = query.levels
        scores = self.scores(feat, representation)
        if self.calibrate:
            background, foreground = scores.split(1, dim=1)
            foreground = foreground + representation['bias']
            scores = torch.cat([background, foreground], dim=1)
        return FewShotHeadOutput(self.temperature * scores)

    def _bias(self, shots: ClassRepresentation) -> Tensor:
        """What to add to the scores of the class: (N,)."""
        cells, places = shots['cells'], range(shots.num_shots)
        if shots.num_shots == 1:
            return cells.new_zeros(len(cells))
        found = []
        for place in places:
            others = self.learn(shots.shots([i for i in places if i != place]))
            background, foreground = self.scores(cells[:, place], others).unbind(1)
            found.append((foreground - background).flatten(1))
        steps = torch.arange(-20, 21, device=cells.device, dtype=cells.dtype)
        weights = shots['weights'].flatten(3).transpose(1, 2).flatten(2)
        return best_bias(torch.cat(found, 1), weights, steps / 100)
