"""A segmentor whose loss also scores the support prediction."""

from __future__ import annotations

from ...registry import MODELS
from ...structures import (
    EpisodeLabels,
    FewShotHeadOutput,
    QueryFeatures,
    SupportFeatures,
)
from .few_shot_segmentor import FewShotSegmentor, weighted
from .image_encoder import refuse_two_backbones


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
        refuse_two_backbones(self, 'a dual loss')
        self.support_loss_weight = support_loss_weight

    def feature_loss(
        self, query: QueryFeatures, supports: SupportFeatures, labels: EpisodeLabels
    ) -> dict:
        """As in :class:`FewShotSegmentor`, with prefixes ``query.`` and ``support.``.

        Raises:
            ValueError: If the head does not predict the supports' masks.
        """
        output = self.decode_head(query, supports, True)
        if output.support_logits is None:
            raise ValueError(
                f'{type(self.decode_head).__name__} gives no support_logits; use '
                'FewShotSegmentor, or a head that predicts the supports'
            )
        return self.output_loss(output, labels)

    def output_loss(self, output: FewShotHeadOutput, labels: EpisodeLabels) -> dict:
        """As in :class:`FewShotSegmentor`, and the supports' part.

        Predictions for their loss alone may be of the queries only.
        """
        own = super().output_loss(output, labels)
        if output.support_logits is None:
            return own
        losses = self.decode_head.loss_by_feat(
            output.support_logits.flatten(0, 1),  # (NK, 2, h, w)
            labels.supports.flatten(0, 1),
        )
        weight = output.loss_weight * self.support_loss_weight
        return own | weighted(losses, 'support', weight)
