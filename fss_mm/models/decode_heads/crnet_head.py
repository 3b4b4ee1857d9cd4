"""CRNet (Liu et al., CVPR 2020): cross-reference networks.

Shape letters: N episodes, C channels, h w feature size. A *pair* is a tensor
(N, 2, C, h, w): the features of a query and of its support.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import Sequential
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    PLAIN,
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import (
    HE_INIT,
    ASPPDecoder,
    Condition,
    CrossReference,
    MaskRefinement,
    class_prototype,
    conv_relu,
)
from .few_shot_head import FewShotDecodeHead


@MODELS.register_module()
class CRNetHead(FewShotDecodeHead):
    """Query and support guide each other; both masks are predicted.

    Features are reduced by one convolution; :class:`CrossReference` weighs the channels
    of both images by what they have in common; :class:`Condition` adds the class
    vector; :class:`MaskRefinement` predicts both masks, pass after pass. In training a
    decoder behind the cross-reference predicts the co-occurrent objects as well, for
    its loss alone.

    The class vector is the average over the support's foreground of the features of the
    support *without its background*: the paper takes the background out of the image
    and of the features.

    Train it with ``DualLossSegmentor``. CRNet is made for pairs: with several supports
    give the segmentor ``shot_fusion`` and, if you like, ``fine_tuning``.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of every layer. Defaults to 256.
        cross_reference (dict, optional): Arguments of :class:`CrossReference`. None
            leaves the module out, and the co-occurrence decoder with it. Defaults to
            none.
        condition (bool): Whether there is a condition module. Without it the head never
            sees the support's mask. Defaults to True.
        refine (dict): Arguments of :class:`MaskRefinement`. Defaults to none.
        co_occurrence (dict, optional): Arguments of :class:`ASPPDecoder`, of the
            auxiliary decoder. None leaves it out. Defaults to none.
        co_occurrence_weight (float): Factor on its losses. The paper does not state it.
            Defaults to 1.
        init_cfg (dict): Defaults to He's rule. From N(0, 0.01), CANet's, features and
            with them the gradients of the gate all but vanish.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Raises:
        ValueError: If cross-reference and condition are both left out.

    Examples:
        >>> decode_head = dict(type='CRNetHead', in_channels=(1024, 2048))
    """

    max_shots = 1
    uses_ignored = 'the cross-reference sees all of the support, whatever its mask'

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        cross_reference: dict | None = {},  # noqa: B006
        condition: bool = True,
        refine: dict | None = None,
        co_occurrence: dict | None = {},  # noqa: B006
        co_occurrence_weight: float = 1.0,
        init_cfg: dict | None = HE_INIT,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, init_cfg=init_cfg, **kwargs)
        if cross_reference is None and not condition:
            raise ValueError(
                'cross_reference=None and condition=False: nothing would pass from the '
                'support to the query; leave out one of them'
            )
        self.co_occurrence_weight = co_occurrence_weight
        self.reduce = conv_relu(sum(in_channels), channels, 3)
        self.cross_reference = self.co_occurrence = self.condition = None
        if cross_reference is not None:
            self.cross_reference = CrossReference(channels, **cross_reference)
        if cross_reference is not None and co_occurrence is not None:
            self.co_occurrence = Sequential(
                conv_relu(channels, channels, 3),
                ASPPDecoder(channels, channels, **co_occurrence),
            )
        if condition:
            self.condition = Condition(channels)
            self.support_views = (PLAIN, 'foreground_only')
        width = channels * (1 + condition)
        self.refine = MaskRefinement(width, channels, **(refine or {}))

    def reduce_levels(self, levels: Levels) -> Levels:
        """One convolution over the concatenated levels: (B, C, h, w)."""
        return (self.reduce(self.join(levels)),)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """The support's map (N, K, C, h, w), and its category vector (N, K, C, 1, 1).

        The vector is the foreground average of the support without background.
        """
        (feat,) = supports.levels
        parts = dict(map=feat)
        if self.condition is not None:
            (view,) = supports.views['foreground_only']
            parts['vector'] = class_prototype(
                view, supports.masks, 1, align_corners=self.align_corners
            )
        return ClassRepresentation(parts)

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """The only shot.

        Raises:
            ValueError: If an episode has another number of supports than 1.
        """
        self.require_shots(shots.num_shots)
        return shots.map(lambda x: x[:, 0])

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Predict both masks.

        Returns:
            FewShotHeadOutput: Logits of the query, and of the support, which are made
            whether asked for or not; ``aux`` has ``num_passes``, (N,). In training
            ``training_outputs`` has ``co_occurrence``.
        """
        (feat,) = query.levels
        pair = self._as_pair(feat, representation['map'])
        if self.cross_reference is not None:
            pair = self.cross_reference(pair)
        parts = [pair]
        if self.condition is not None:
            parts.append(self._conditioned(pair, representation['vector']))
        logits, passes = self.refine(torch.cat(parts, dim=2))
        return FewShotHeadOutput(
            logits[:, 0],
            logits[:, 1:],
            dict(num_passes=passes),
            self._co_occurrence(pair) if self.training else {},
        )

    def _as_pair(self, query: Tensor, support: Tensor) -> Tensor:
        """Stack (N, C, h, w) each; a support of another size takes the query's.

        One of the query's size comes back as it is.
        """
        return torch.stack([query, self.resize(support, query.shape[-2:])], dim=1)

    def _conditioned(self, pair: Tensor, vector: Tensor) -> Tensor:
        vectors = vector.repeat_interleave(2, dim=0)  # (2N, C, 1, 1)
        return self.condition(pair.flatten(0, 1), vectors).unflatten(0, (-1, 2))

    def _co_occurrence(self, pair: Tensor) -> dict[str, FewShotHeadOutput]:
        """The auxiliary prediction of both masks, from the reinforced features."""
        if self.co_occurrence is None:
            return {}
        logits = self.co_occurrence(pair.flatten(0, 1)).unflatten(0, (-1, 2))
        output = FewShotHeadOutput(
            logits[:, 0], logits[:, 1:], loss_weight=self.co_occurrence_weight
        )
        return dict(co_occurrence=output)
