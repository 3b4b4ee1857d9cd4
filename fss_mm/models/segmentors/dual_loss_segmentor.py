"""A segmentor whose loss also scores the support prediction."""

from __future__ import annotations

import torch

from ...registry import MODELS
from ...structures import EpisodeFeatures
from .few_shot_segmentor import FewShotSegmentor, Samples, weighted


@MODELS.register_module()
class DualLossSegmentor(FewShotSegmentor):
    """Train on the query's mask and on the supports' (SimPropNet section 3.3).

    Args:
        *args: As in :class:`FewShotSegmentor`.
        support_loss_weight (float): Factor on the supports' losses. The paper does not
            state it. Defaults to 1.
        **kwargs: As in :class:`FewShotSegmentor`.
    """

    def __init__(self, *args, support_loss_weight: float = 1.0, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.support_loss_weight = support_loss_weight

    def loss(self, features: EpisodeFeatures, data_samples: Samples) -> dict:
        """Losses of a batch, with prefixes ``query.`` and ``support.``.

        Raises:
            ValueError: If the head does not predict the supports' masks.
        """
        output = self.decode_head(features, with_support=True)
        if output.support_logits is None:
            raise ValueError(
                f'{type(self.decode_head).__name__} gives no support_logits; use '
                'FewShotSegmentor, or a head that predicts the supports'
            )
        masks = torch.cat([sample.support_gt_sem_seg.data for sample in data_samples])
        logits = output.support_logits.flatten(0, 1)  # (NK, 2, h, w)
        losses = self.decode_head.loss_by_feat(logits, masks)
        return self.query_loss(output, data_samples) | weighted(
            losses, 'support', self.support_loss_weight
        )
