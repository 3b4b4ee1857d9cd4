"""PFENet (Tian et al., TPAMI 2020): prior guided feature enrichment.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
)
from ..layers import FeatureEnrichment, classifier, conv_relu
from .dense_comparison_head import DenseComparisonHead


@MODELS.register_module()
class PFENetHead(DenseComparisonHead):
    """PFENet (Tian et al., TPAMI 2020): a prior mask and feature enrichment.

    The architecture is that of the authors' released code. Levels of the frozen encoder
    are resized to the last of them, concatenated and reduced by a 1 x 1 convolution,
    one for queries and another for supports. The class vector is the masked average of
    a support; vectors and priors of several supports are averaged. Query, vector and
    prior are merged scale by scale (:class:`FeatureEnrichment`), each of which makes a
    prediction for its loss.

    Ignored pixels count nowhere, and objects that vanish in a down-sampled mask are
    kept; the release loses them (``mask_resampling=dict(keep_small=False)``).

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of every layer. Defaults to 256.
        dropout (float): Channel-wise dropout behind the reducing convolutions. Defaults
            to 0.5.
        prior (dict, optional): Arguments of
            :class:`~fss_mm.models.layers.PriorMask`. None leaves it out. Defaults to
            none: the last of the backbone's levels, of a ResNet.
        enrichment (dict): Arguments of :class:`FeatureEnrichment`. Defaults to none.
        aux_weight (float): Factor on the mean of the scales' losses. Defaults to 1.
        init_cfg (dict, optional): Defaults to None: convolutions begin as PyTorch's.
        **kwargs: As in :class:`DenseComparisonHead`.

    Examples:
        >>> decode_head = dict(type='PFENetHead', in_channels=(512, 1024))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        dropout: float = 0.5,
        prior: Mapping | None = {},  # noqa: B006
        enrichment: Mapping | None = None,
        aux_weight: float = 1.0,
        init_cfg: dict | None = None,
        **kwargs,
    ) -> None:
        reduce = dict(kernel_size=1, bias=False)
        super().__init__(
            in_channels,
            channels,
            dropout=dropout,
            prior=prior,
            reduce=reduce,
            init_cfg=init_cfg,
            **kwargs,
        )
        enrichment = dict(enrichment or {})
        self.aux_weight = aux_weight
        self.reduce_support = conv_relu(
            sum(in_channels), channels, dropout=dropout, **reduce
        )
        self.enrichment = FeatureEnrichment(
            channels,
            self.num_prior_maps,
            align_corners=self.align_corners,
            **enrichment,
        )
        self.classifier = classifier(channels, enrichment.get('dropout', 0.1))

    def reduce_levels(self, levels: Levels) -> Levels:
        """The levels, as wide as they come: queries and supports part here."""
        size = tuple(levels[-1].shape[-2:])
        return (self.join(tuple(self._of_size(x, size) for x in levels)),)

    def query_levels(self, levels: Levels) -> Levels:
        """A query's own convolution: (B, C, h, w)."""
        return (self.reduce(levels[0]), *levels[1:])

    def pooled_map(self, feat: Tensor) -> Tensor:
        """A support's own convolution: (N, K, C, h, w)."""
        return self.reduce_support(feat.flatten(0, 1)).unflatten(0, feat.shape[:2])

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Enrich and classify.

        Returns:
            FewShotHeadOutput: In training ``training_outputs`` has a prediction of each
            scale, 'scale0' and so on. ``aux`` has the ``prior``, (N, 1, h, w), if there
            is one.
        """
        feat, prototype, *prior = self.compared(query, representation)
        enriched, inner = self.enrichment(feat, prototype, *prior)
        weight = self.aux_weight / len(inner)
        outputs = {
            f'scale{i}': FewShotHeadOutput(logits, loss_weight=weight)
            for i, logits in enumerate(inner)
        }
        return FewShotHeadOutput(
            self.classifier(enriched),
            aux=dict(prior=prior[0]) if prior else {},
            training_outputs=outputs if self.training else {},
        )

    def _of_size(self, level: Tensor, size: tuple[int, int]) -> Tensor:
        if tuple(level.shape[-2:]) == size:
            return level
        return F.interpolate(
            level, size, mode='bilinear', align_corners=self.align_corners
        )
