"""PANet (Wang et al., ICCV 2019): prototype alignment.

Shape letters: N episodes, K shots, B any batch, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import (
    at_least_single,
    cosine_map,
    mask_size_prototype,
    masked_average_pool,
)
from .few_shot_head import FewShotDecodeHead

_EPS = 1e-5  # of the released code, added to areas


@MODELS.register_module()
class PANetHead(FewShotDecodeHead):
    """PANet (Wang, Liew, Zou, Zhou and Feng, ICCV 2019): the encoder learns a metric.

    A prototype of the class and one of its background are averages of the support's
    features, resized to the mask; a cell's logits are its cosines with them, times a
    factor. The head has no weights: the encoder is trained whole, with
    ``frozen=False``. In training the query, under its predicted mask, gives prototypes
    that have to segment the supports: *prototype alignment*, a loss beside that of the
    query. What is said here is read in the authors' released code.

    PL (Dong and Xing, BMVC 2018) has no code: ``alignment_weight=0`` is our reading of
    it, prototype learning alone.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        in_index (Sequence[int]): Likewise. Defaults to (0,).
        temperature (float): Factor on the cosines. Defaults to 20.
        alignment_weight (float): Factor on the alignment's losses; 0 leaves it out.
            Defaults to 1.
        ignored_as_background (bool): Whether pixels of the supports' masks that are
            ignored count as background in its prototype, as in the released code.
            Defaults to False: they count nowhere.
        align_corners (bool): Place of samples when features, masks and logits are
            resized. Defaults to False.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Raises:
        ValueError: If ``temperature`` is not above 0, or the weight below 0.

    Examples:
        >>> decode_head = dict(type='PANetHead', in_channels=(512,))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0,),
        temperature: float = 20.0,
        alignment_weight: float = 1.0,
        ignored_as_background: bool = False,
        align_corners: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, align_corners=align_corners, **kwargs)
        if not temperature > 0:
            raise ValueError(f'temperature={temperature}, expected a number above 0')
        if not alignment_weight >= 0:
            raise ValueError(
                f'alignment_weight={alignment_weight}, expected 0 (PL) or more'
            )
        self.temperature, self.alignment_weight = temperature, alignment_weight
        self.ignored_as_background = ignored_as_background
        if ignored_as_background:
            self.uses_ignored = 'ignored_as_background=True makes background of them'

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """``background`` and ``foreground``, (N, K, C, 1, 1)."""
        (feat,) = supports.levels
        masks = supports.masks
        outside = masks != 1 if self.ignored_as_background else masks == 0
        pixels = dict(background=outside, foreground=masks == 1)
        return ClassRepresentation(
            {
                name: mask_size_prototype(feat, inside, _EPS, self.align_corners)
                for name, inside in pixels.items()
            }
        )

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Cosines with both prototypes, times the temperature."""
        (feat,) = query.levels
        maps = [
            cosine_map(feat, representation[x]) for x in ('background', 'foreground')
        ]
        return FewShotHeadOutput(self.temperature * torch.cat(maps, dim=1))

    # ---- alignment -----------------------------------------------------------------

    def for_training(
        self, output: FewShotHeadOutput, query: QueryFeatures, supports: SupportFeatures
    ) -> FewShotHeadOutput:
        """Add the losses of the supports as the query's prototypes segment them.

        Each support's own is a mean over its pixels, and each counts alike. In an
        episode in which nothing is predicted as the class there is nothing to align:
        its losses are 0.
        """
        if self.alignment_weight == 0:
            return output
        found, prototypes = self._query_prototypes(query, output.query_logits)
        shots = supports.masks.shape[:2]
        repeated = prototypes.map(lambda x: x.repeat_interleave(shots[1], 0))
        logits = self.segment(supports.as_queries(), repeated).query_logits
        weights = (
            self.alignment_weight * found.repeat_interleave(shots[1]) / len(logits)
        )
        losses: dict[str, Tensor] = {}
        for own, mask, weight in zip(logits, self._truth(supports), weights):
            for name, value in self.loss_by_feat(own[None], mask[None]).items():
                losses[name] = losses.get(name, 0) + weight * value
        losses = {f'align.{k}': v for k, v in losses.items() if 'loss' in k}
        return replace(output, losses=output.losses | losses)

    def _query_prototypes(
        self, query: QueryFeatures, logits: Tensor
    ) -> tuple[Tensor, ClassRepresentation]:
        """Averages of the query under its predicted mask, at feature size.

        Returns:
            tuple: Whether anything was predicted as the class, (N,), 0 or 1; the
            prototypes.
        """
        (feat,) = query.levels
        predicted = at_least_single(logits).argmax(1, keepdim=True)  # (N, 1, h, w)
        prototypes = {
            name: masked_average_pool(feat, predicted == label, eps=_EPS)
            for label, name in enumerate(('background', 'foreground'))
        }
        found = predicted.flatten(1).amax(1).to(at_least_single(feat).dtype)
        return found, ClassRepresentation(prototypes)

    def _truth(self, supports: SupportFeatures) -> Tensor:
        """Masks of the supports, (NK, H, W)."""
        masks = supports.masks.flatten(0, 1)
        if self.ignored_as_background:
            return masks.masked_fill(masks == self.ignore_index, 0)
        return masks
