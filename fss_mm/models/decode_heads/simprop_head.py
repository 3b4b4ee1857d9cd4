"""SimPropNet (Gairola et al., IJCAI 2020): dual prediction and attentive fusion.

Shape letters: N episodes, K shots, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotHeadOutput
from ..layers import (
    ASPPDecoder,
    AttentiveFusion,
    attention_maps,
    class_prototype,
    conv_relu,
)
from .few_shot_head import FewShotDecodeHead


@MODELS.register_module()
class SimPropHead(FewShotDecodeHead):
    """Predict the query's and the supports' masks from shared class vectors.

    Features are reduced by one dilated convolution; foreground and background vectors
    are pooled from the supports (equation 1) and averaged over them (equation 4);
    attention maps (equation 2) and the foreground vector are fused with the features
    of both branches (equation 3); one decoder serves both.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        channels (int): C, channels of the reduced features and of the decoder.
            Defaults to 256.
        pool_normalise (bool): Divide the pooled features by the mask's area (the words
            of section 3.4) or by the map's (equation 1 as written). The maps are the
            same, the vector that is concatenated is not. Defaults to True.
        fusion (dict): Arguments of :class:`AttentiveFusion`, where the paper is silent
            or its literal reading breaks. Defaults to none.
        decoder (dict): Arguments of :class:`ASPPDecoder`. Defaults to none.
        dropout (float): Channel-wise dropout behind the reducing convolution. Defaults
            to 0.5 (CANet).
        init_cfg (dict): Defaults to convolutions from N(0, 0.01) (CANet).
        **kwargs: As in :class:`FewShotDecodeHead`.

    Examples:
        >>> decode_head = dict(type='SimPropHead', in_channels=(512, 1024))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        pool_normalise: bool = True,
        fusion: dict | None = None,
        decoder: dict | None = None,
        dropout: float = 0.5,
        init_cfg: dict | None = dict(type='Normal', layer='Conv2d', std=0.01),  # noqa: B006
        **kwargs,
    ) -> None:
        super().__init__(in_channels, init_cfg=init_cfg, **kwargs)
        self.pool_normalise = pool_normalise
        self.reduce = conv_relu(sum(in_channels), channels, 3, 2, dropout)
        self.fusion = AttentiveFusion(channels, **(fusion or {}))
        self.decoder = ASPPDecoder(2 * channels, channels, **(decoder or {}))

    def forward(
        self, features: EpisodeFeatures, with_support: bool = False
    ) -> FewShotHeadOutput:
        """Predict the query's mask, and the supports' if asked for.

        Returns:
            FewShotHeadOutput: Logits of the query, and of the supports; ``aux`` holds
            the query's maps ``fg_attention`` and ``bg_attention``, (N, 1, h, w).
        """
        query, support = self.select_levels(features)
        n, k = support.shape[:2]
        query = self.reduce(query)  # (N, C, h, w)
        support = self.reduce(support.flatten(0, 1))  # (NK, C, h, w)
        prototypes = [
            class_prototype(
                support.unflatten(0, (n, k)),
                features.support_masks,
                label,
                self.pool_normalise,
                self.align_corners,
            )
            for label in (1, 0)
        ]
        query_logits, maps = self.decode(query, *prototypes)
        support_logits = None
        if with_support:
            repeated = (z.repeat_interleave(k, 0) for z in prototypes)  # (NK, C, 1, 1)
            support_logits, _ = self.decode(support, *repeated)
            support_logits = support_logits.unflatten(0, (n, k))
        aux = dict(zip(('fg_attention', 'bg_attention'), maps))
        return FewShotHeadOutput(query_logits, support_logits, aux)

    def decode(
        self, feat: Tensor, fg_prototype: Tensor, bg_prototype: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One branch: attention maps, fusion and decoder.

        Args:
            feat (Tensor): (B, C, h, w), reduced features.
            fg_prototype (Tensor): (B, C, 1, 1).
            bg_prototype (Tensor): (B, C, 1, 1).

        Returns:
            tuple[Tensor, tuple[Tensor, Tensor]]: Logits (B, 2, h, w) and both maps
            (B, 1, h, w).
        """
        maps = attention_maps(feat, fg_prototype, bg_prototype)
        return self.decoder(self.fusion(feat, fg_prototype, *maps)), maps
