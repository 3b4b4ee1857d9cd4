"""Heads that can be shown a prior mask beside the features that they concatenate.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ...structures import (
    ClassRepresentation,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import PriorMask
from .few_shot_head import FewShotDecodeHead

MASKED_STAGE = 'masked_stage'
_CELLS = 'prior_cells'


class PriorHead(FewShotDecodeHead):
    """Keeps what a prior mask needs of supports and queries, and makes it.

    With a prior the last level behind :meth:`reduce_levels` is the high-level map that
    it compares. A method adds :meth:`prior_parts` to what it keeps of a support, and
    concatenates :meth:`prior_maps` where it concatenates others.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        prior (dict, optional): Arguments of
            :class:`~fss_mm.models.layers.PriorMask`. Defaults to None: no prior.
        mask_resampling (dict): ``mode`` and ``keep_small`` of
            :func:`~fss_mm.models.layers.downsample_label`. Defaults to none: bilinear,
            small regions kept.
        **kwargs: As in :class:`FewShotDecodeHead`.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        prior: Mapping | None = None,
        mask_resampling: Mapping | None = None,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.mask_resampling = dict(mask_resampling or {})
        self.prior = None if prior is None else PriorMask(**prior)
        if self.prior is not None:
            self.support_views = (*self.support_views, MASKED_STAGE)
            resampling = dict(align_corners=self.align_corners, **self.mask_resampling)
            self.view_options = {MASKED_STAGE: self.prior.view_options | resampling}

    @property
    def num_prior_maps(self) -> int:
        """Channels of :meth:`prior_maps`: 0 or 1."""
        return int(self.prior is not None)

    def reduce_image(self, levels: Sequence[Tensor]) -> Levels:
        """With a prior the levels end in the map that it compares."""
        reduced = super().reduce_image(levels)
        return reduced if self.prior is None else (*reduced, levels[self.prior.level])

    def reduce_view(self, name: str, levels: Sequence[Tensor]) -> Levels:
        """What the prior keeps of supports stays as it is."""
        if name == MASKED_STAGE:
            return tuple(levels)
        return super().reduce_view(name, levels)

    def prior_parts(self, supports: SupportFeatures) -> dict[str, Tensor]:
        """What the prior keeps of each support: masked cells, (N, K, C, h, w)."""
        if self.prior is None:
            return {}
        (cells,) = supports.views[MASKED_STAGE]
        return {_CELLS: cells}

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """The mean of the shots; of a prior all their cells are kept."""
        cells = {k: v for k, v in shots.parts.items() if k == _CELLS}
        own = {k: v for k, v in shots.parts.items() if k != _CELLS}
        merged = super().merge_shots(ClassRepresentation(own))
        return ClassRepresentation(merged.parts | cells)

    def prior_maps(
        self,
        query: QueryFeatures,
        representation: ClassRepresentation,
        size: tuple[int, int],
    ) -> tuple[Tensor, ...]:
        """What is to be concatenated: one map (N, 1, h, w) of ``size``, or none.

        Args:
            query (QueryFeatures): Of :meth:`reduce_query`.
            representation (ClassRepresentation): N classes.
            size (tuple[int, int]): (h, w).
        """
        if self.prior is None:
            return ()
        prior = self.prior(query.levels[-1], representation[_CELLS])
        prior = self.resize(prior, size) if prior.shape[-2:] != size else prior
        return (prior.to(query.levels[0].dtype),)
