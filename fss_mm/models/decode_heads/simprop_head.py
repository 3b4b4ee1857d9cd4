"""SimPropNet (Gairola et al., IJCAI 2020): dual prediction and attentive fusion.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...registry import MODELS
from ..layers import ASPPDecoder, AttentiveFusion, attention_maps
from .dense_comparison_head import DenseComparisonHead


@MODELS.register_module()
class SimPropHead(DenseComparisonHead):
    """Foreground-background attentive fusion (FBAF) and an ASPP decoder.

    Features are reduced by one dilated convolution; foreground and background vectors
    are pooled from the supports (equation 1) and averaged over them (equation 4);
    attention maps (equation 2) and the foreground vector are fused with the features
    of either branch (equation 3); one decoder serves both.

    The other parts of SimPropNet are switched where they act: dual prediction (DPr) by
    the segmentor, ``DualLossSegmentor`` or ``FewShotSegmentor``; input channel
    averaging (ICA) in ``FewShotDataPreProcessor``. With ``CANetHead`` in this head's
    place FBAF is off.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of the reduced features and of the decoder.
            Defaults to 256.
        fusion (dict): Arguments of :class:`AttentiveFusion`, where the paper is silent
            or its literal reading breaks. Defaults to none.
        decoder (dict): Arguments of :class:`ASPPDecoder`. Defaults to none.
        **kwargs: As in :class:`DenseComparisonHead`.

    Examples:
        >>> decode_head = dict(type='SimPropHead', in_channels=(512, 1024))
    """

    prototype_labels = dict(foreground=1, background=0)

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        fusion: dict | None = None,
        decoder: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, channels, **kwargs)
        self.fusion = AttentiveFusion(channels, **(fusion or {}))
        width = 2 * channels + self.num_prior_maps
        self.decoder = ASPPDecoder(width, channels, **(decoder or {}))

    def decode(
        self, feat: Tensor, fg_prototype: Tensor, bg_prototype: Tensor, *prior: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Attention maps, fusion and decoder.

        Args:
            feat (Tensor): (B, C, h, w), reduced features.
            fg_prototype (Tensor): (B, C, 1, 1).
            bg_prototype (Tensor): (B, C, 1, 1).
            *prior (Tensor): (B, 1, h, w), if there is one.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: Logits (B, 2, h, w); ``fg_attention`` and
            ``bg_attention``, (B, 1, h, w).
        """
        maps = attention_maps(feat, fg_prototype, bg_prototype)
        fused = self.fusion(feat, fg_prototype, *maps)
        logits = self.decoder(torch.cat([fused, *prior], dim=1))
        return logits, dict(zip(('fg_attention', 'bg_attention'), maps))
