"""The recipe: images -> features -> class -> masks, and losses or predictions of them.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmseg.utils import add_prefix
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    EpisodeLabels,
    FewShotHeadOutput,
    FewShotSegDataSample,
    QueryFeatures,
    SupportFeatures,
)
from .class_segmenter import ClassSegmenter, Samples, largest_images
from .labels import episode_labels
from .mmseg_arguments import refuse_mmseg_arguments


@MODELS.register_module()
class FewShotSegmentor(ClassSegmenter):
    """A backbone, a few-shot head, and how they are used at test.

    Args:
        backbone (dict): Any backbone of mmseg or fss_mm: (B, 3, H, W) to a tuple of
            (B, C, h, w).
        decode_head (dict): A :class:`~fss_mm.models.FewShotDecodeHead`.
        data_preprocessor (dict): Defaults to
            ``dict(type='FewShotDataPreProcessor')``.
        query_loss_weight (float): Factor on the query's losses. Defaults to 1.
        support_backbone (dict, optional): Another backbone for the supports. Defaults
            to None: one for both.
        encode_together (bool): Queries and supports go through the backbone in one
            pass. It matters where batch norms use the batch's statistics; False is
            CANet's code. Defaults to True.
        feature_bank (dict, optional): Arguments of
            :class:`~fss_mm.models.feature_bank.FeatureBank`, which keeps a frozen
            backbone's features in trainings without random augmentation. Defaults to
            None: every image is encoded every time.
        shot_fusion (dict, optional): Arguments of
            :class:`~fss_mm.models.strategies.ShotFusion`: at test shots are segmented
            one by one and averaged. Defaults to None: the head merges them.
        fine_tuning (dict, optional): Arguments of
            :class:`~fss_mm.models.strategies.FineTuning`: at test the head is
            fine-tuned on the supports. Defaults to None.
        test_scales (Sequence[float]): Factors on the images' sides at test, whose
            probabilities are averaged. Defaults to (1,).
        arithmetic (dict, optional): Arguments of :class:`.arithmetic.Arithmetic`:
            precision, memory layout, compilation. Defaults to single precision.
        refiner (dict, optional): A :class:`~fss_mm.models.MaskRefiner`, which sharpens
            predictions by their images. Defaults to None: they stay as they are.
        init_cfg (dict, optional): As in mmengine.

    Examples:
        >>> model = dict(type='DualLossSegmentor', backbone=..., decode_head=...,
        ...              shot_fusion=dict(), fine_tuning=dict(steps=50))
    """

    def __init__(
        self,
        backbone: dict,
        decode_head: dict,
        data_preprocessor: dict = dict(type='FewShotDataPreProcessor'),  # noqa: B006
        query_loss_weight: float = 1.0,
        support_backbone: dict | None = None,
        encode_together: bool = True,
        feature_bank: dict | None = None,
        shot_fusion: dict | None = None,
        fine_tuning: dict | None = None,
        test_scales: Sequence[float] = (1.0,),
        arithmetic: dict | None = None,
        refiner: dict | None = None,
        init_cfg: dict | None = None,
        **unknown,
    ) -> None:
        refuse_mmseg_arguments(unknown)
        super().__init__(
            backbone,
            support_backbone,
            data_preprocessor,
            encode_together,
            feature_bank,
            arithmetic,
            init_cfg,
        )
        self.query_loss_weight = query_loss_weight
        self.use_head(decode_head, shot_fusion, fine_tuning, test_scales, refiner)

    def forward(
        self, inputs: dict[str, Tensor], data_samples: Samples, mode: str = 'tensor'
    ) -> dict[str, Tensor] | list[FewShotSegDataSample] | FewShotHeadOutput:
        """Run a batch in one of mmengine's modes.

        Args:
            inputs (dict[str, Tensor]): ``query`` (N, 3, H, W), ``support``
                (N, K, 3, H, W), both normalised, and ``support_mask`` (N, K, H, W).
            data_samples (Sequence[FewShotSegDataSample]): N of them.
            mode (str): 'loss', 'predict' or 'tensor' (the head's output).
        """
        with self.autocast():
            if mode == 'loss':
                return self.loss(inputs, data_samples)
            if mode == 'predict':
                return self.predict(inputs, data_samples)
            if mode == 'tensor':
                return self.decode_head(*self.encode(inputs))
        raise ValueError(f"mode={mode!r}, expected 'loss', 'predict' or 'tensor'")

    # ---- training ------------------------------------------------------------------

    def loss(self, inputs: dict[str, Tensor], data_samples: Samples) -> dict:
        """Losses of a batch: ``query.loss_ce``, ``query.acc_seg`` and the like.

        A method that is not trained on episodes overrides this one.
        """
        query, supports = self.encode(inputs, data_samples)
        return self.feature_loss(query, supports, episode_labels(inputs, data_samples))

    def feature_loss(
        self, query: QueryFeatures, supports: SupportFeatures, labels: EpisodeLabels
    ) -> dict:
        """The same behind the encoder."""
        return self.output_loss(self.decode_head(query, supports), labels)

    def output_loss(self, output: FewShotHeadOutput, labels: EpisodeLabels) -> dict:
        """Losses of what a head returned, with those made for training alone."""
        losses = self.decode_head.loss_by_feat(output.query_logits, labels.query)
        losses = weighted(losses, 'query', output.loss_weight * self.query_loss_weight)
        losses |= {k: v * output.loss_weight for k, v in output.losses.items()}
        for name, other in output.training_outputs.items():
            losses |= add_prefix(self.output_loss(other, labels), name)
        return losses

    # ---- test ----------------------------------------------------------------------

    def predict(
        self, inputs: dict[str, Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Encode, represent, segment, and write the prediction into the samples."""
        seeds = [sample.get('support_set_seed', 0) for sample in data_samples]
        logits, diverged, queries = [], [False] * len(data_samples), []
        for scale in self.test_scales:
            query, supports = self.encode_at(scale, inputs)
            queries.append(query)
            if not self.decode_head.represents:
                logits.append(self.decode_head(query, supports).query_logits)
                continue
            known = self.represent(self.describe_supports(supports), seeds)
            logits.append(self.segment(self.describe_queries(query), known))
            if known.diverged is not None:
                diverged = [a or b for a, b in zip(diverged, known.diverged.tolist())]
        images = largest_images(queries)
        return self.write_predictions(logits, data_samples, diverged, images)


def weighted(losses: dict[str, Tensor], prefix: str, weight: float) -> dict:
    """Prefix the keys, and multiply those that count as a loss."""
    losses = {k: v * weight if 'loss' in k else v for k, v in losses.items()}
    return add_prefix(losses, prefix)
