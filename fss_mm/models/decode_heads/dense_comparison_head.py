"""What CANet, SimPropNet and PFENet share: class vectors of the supports, one decoder.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import class_prototype, conv_relu
from .prior_head import PriorHead


class DenseComparisonHead(PriorHead):
    """Reduce features, pool class vectors from the supports, decode either branch.

    One dilated convolution reduces the features of queries and supports. Vectors are
    pooled from the supports under each of :attr:`prototype_labels` and averaged over
    them. A method implements :meth:`decode`, from features, vectors and perhaps a prior
    mask to logits; the same layers then predict the query's mask and, for a dual loss,
    the supports' own.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of the reduced features. Defaults to 256.
        pool_normalize (bool): Divide the pooled features by the mask's area (CANet, and
            the words of SimPropNet's section 3.4) or by the map's (SimPropNet's
            equation 1 as written). Defaults to True.
        dropout (float): Channel-wise dropout behind the reducing convolution. Defaults
            to 0.5 (CANet).
        reduce (dict): ``kernel_size``, ``dilation`` and ``bias`` of the reducing
            convolution. Defaults to 3 x 3, dilated by 2 (CANet).
        init_cfg (dict): Defaults to convolutions from N(0, 0.01) (CANet).
        **kwargs: As in :class:`PriorHead`.
    """

    prototype_labels: dict[str, int] = dict(foreground=1)
    """Names and mask values of the vectors that stand for a class."""

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        pool_normalize: bool = True,
        dropout: float = 0.5,
        reduce: Mapping = dict(kernel_size=3, dilation=2),  # noqa: B006
        init_cfg: dict | None = dict(type='Normal', layer='Conv2d', std=0.01),  # noqa: B006
        **kwargs,
    ) -> None:
        super().__init__(in_channels, init_cfg=init_cfg, **kwargs)
        self.pool_normalize = pool_normalize
        self.reduce = conv_relu(sum(in_channels), channels, dropout=dropout, **reduce)

    def reduce_levels(self, levels: Levels) -> Levels:
        """One dilated convolution over the concatenated levels: (B, C, h, w)."""
        return (self.reduce(self.join(levels)),)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """A vector for each of :attr:`prototype_labels`, (N, K, C, 1, 1).

        With a prior its masked cells as well.
        """
        feat = self.pooled_map(supports.levels[0])
        vectors = {
            name: class_prototype(
                feat,
                supports.masks,
                label,
                self.pool_normalize,
                align_corners=self.align_corners,
                **self.mask_resampling,
            )
            for name, label in self.prototype_labels.items()
        }
        return ClassRepresentation(vectors | self.prior_parts(supports))

    def pooled_map(self, feat: Tensor) -> Tensor:
        """What vectors are pooled from; by default what is decoded as well.

        Args:
            feat (Tensor): (N, K, C, h, w), of :meth:`reduce_levels`.
        """
        return feat

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Decode; ``aux`` is what :meth:`decode` gives beside the logits."""
        logits, aux = self.decode(*self.compared(query, representation))
        return FewShotHeadOutput(logits, aux=aux)

    def compared(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> list[Tensor]:
        """What is decoded: features, vectors and, with a prior, its map."""
        feat = query.levels[0]
        prototypes = [representation[name] for name in self.prototype_labels]
        maps = self.prior_maps(query, representation, tuple(feat.shape[-2:]))
        return [feat, *prototypes, *maps]

    def decode(
        self, feat: Tensor, *compared: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """One branch.

        Args:
            feat (Tensor): (B, C, h, w), reduced features.
            *compared (Tensor): (B, C, 1, 1), one for each of
                :attr:`prototype_labels`; with a prior (B, 1, h, w) behind them.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: Logits (B, 2, h, w), and anything else
            worth looking at, by name.
        """
        raise NotImplementedError
