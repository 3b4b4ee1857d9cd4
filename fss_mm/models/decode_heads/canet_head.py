"""CANet (Zhang et al., CVPR 2019): dense comparison and iterative optimisation.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...registry import MODELS
from ..layers import IterativeOptimization, conv_relu, tiled
from .dense_comparison_head import DenseComparisonHead


@MODELS.register_module()
class CANetHead(DenseComparisonHead):
    """The baseline that SimPropNet is measured against, layer by layer.

    The architecture is that of the authors' released code. Features are reduced by one
    dilated convolution, the foreground vector is tiled and concatenated (dense
    comparison), one more dilated convolution fuses both, and residual blocks with an
    ASPP decoder refine their own prediction (:class:`IterativeOptimization`).

    The release is 1-shot only. With K supports their vectors are averaged, as
    SimPropNet's equation 4 does; CANet's paper weighs them by a learned attention
    instead, of which there is no code. The supports' masks are predicted by the same
    layers when asked for: with ``DualLossSegmentor`` this is the row 'DPr' of
    SimPropNet's Table 4.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of every layer. Defaults to 256.
        dropout (float): Channel-wise dropout behind the two convolutions in front of
            the residual blocks. Defaults to 0.5.
        refine (dict): Arguments of :class:`IterativeOptimization`. Defaults to none.
        **kwargs: As in :class:`DenseComparisonHead`.

    Examples:
        >>> decode_head = dict(type='CANetHead', in_channels=(512, 1024))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        dropout: float = 0.5,
        refine: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, channels, dropout=dropout, **kwargs)
        width = 2 * channels + self.num_prior_maps
        self.fuse = conv_relu(width, channels, 3, 2, dropout)
        self.refine = IterativeOptimization(channels, **(refine or {}))

    def decode(
        self, feat: Tensor, prototype: Tensor, *prior: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Dense comparison and refinement.

        Args:
            feat (Tensor): (B, C, h, w), reduced features.
            prototype (Tensor): (B, C, 1, 1).
            *prior (Tensor): (B, 1, h, w), if there is one.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: Logits (B, 2, h, w); ``num_passes``, (B,).
        """
        compared = [feat, tiled(prototype, feat), *prior]
        logits, passes = self.refine(self.fuse(torch.cat(compared, dim=1)))
        return logits, dict(num_passes=passes)
