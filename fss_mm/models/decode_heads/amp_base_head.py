"""The base training of AMP (Siam et al., ICCV 2019), which is not episodic.

Shape letters: N images, L labels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor

from ...registry import MODELS
from ..layers import ScoreLayers


@MODELS.register_module()
class AMPBaseHead(BaseDecodeHead):
    """The base training of AMP (Siam et al., ICCV 2019): mmseg's segmentation.

    Of background and base classes, with :class:`~fss_mm.models.layers.ScoreLayers`; its
    weights are those of :class:`~fss_mm.models.AMPHead`, by the same names. Logits are
    resized to the nearest cell, as in the released code.

    Args:
        in_channels (Sequence[int]): Channels of the chosen levels, shallow first.
        in_index (Sequence[int]): Which of the backbone's levels.
        num_classes (int): Base classes and the background.
        channels (int): As in :class:`ScoreLayers`. Defaults to 256.
        dropout_ratio (float): Likewise. Defaults to 0.5.
        cosine (bool): Likewise. Defaults to False.
        **kwargs: As in mmseg's ``BaseDecodeHead``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int],
        num_classes: int,
        channels: int = 256,
        dropout_ratio: float = 0.5,
        cosine: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(
            tuple(in_channels),
            channels,
            num_classes=num_classes,
            in_index=tuple(in_index),
            input_transform='multiple_select',
            dropout_ratio=0,
            **dict(init_cfg=None) | kwargs,
        )
        del self.conv_seg
        self.scores = ScoreLayers(
            in_channels, num_classes, channels, dropout_ratio, cosine
        )

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Logits (N, L, h, w), of the first chosen level's size."""
        return self.scores(self._transform_inputs(inputs))

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: Sequence) -> dict:
        """As in mmseg, of logits that are resized to the nearest cell."""
        size = batch_data_samples[0].gt_sem_seg.shape
        seg_logits = F.interpolate(seg_logits, size, mode='nearest')
        return super().loss_by_feat(seg_logits, batch_data_samples)

    def predict_by_feat(self, seg_logits: Tensor, batch_img_metas: list) -> Tensor:
        """Logits at the images' size, resized to the nearest cell."""
        size = tuple(batch_img_metas[0]['img_shape'])[:2]
        return F.interpolate(seg_logits, size, mode='nearest')
