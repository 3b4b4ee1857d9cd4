"""The recipe: images -> features -> class -> masks, and losses or predictions of them.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.structures import PixelData
from mmseg.utils import add_prefix
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    PLAIN,
    ClassRepresentation,
    EpisodeLabels,
    FewShotHeadOutput,
    FewShotSegDataSample,
    QueryFeatures,
    SupportFeatures,
)
from ...utils.masks import foreground_mask
from ..layers import at_least_single
from ..strategies import (
    FineTuning,
    ShotFusion,
    average_probabilities,
    check_scales,
    resized_inputs,
)
from ..strategies.fine_tuning import segment_adapted
from ..strategies.test_scales import check_levels, readable_size_errors
from .arithmetic import in_own_precision
from .image_encoder import ImageEncoder, refuse_two_backbones
from .labels import episode_labels
from .mmseg_arguments import refuse_mmseg_arguments

Samples = Sequence[FewShotSegDataSample]


@MODELS.register_module()
class FewShotSegmentor(ImageEncoder):
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
        self.decode_head = MODELS.build(decode_head)
        self.query_loss_weight = query_loss_weight
        self.arithmetic.prepare(self)
        used = shot_fusion is not None or fine_tuning is not None
        if used and not self.decode_head.represents:
            raise ValueError(
                f'shot_fusion and fine_tuning need represent and segment, and '
                f'{type(self.decode_head).__name__} has a forward alone'
            )
        self.shot_fusion = None if shot_fusion is None else ShotFusion(**shot_fusion)
        self.fine_tuning = None
        if fine_tuning is not None:
            refuse_two_backbones(self, 'fine_tuning')
            self.fine_tuning = FineTuning(**fine_tuning)
            self.fine_tuning.check(self.decode_head)
        self.test_scales = check_scales(test_scales)

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

    @property
    def support_views(self) -> tuple[str, ...]:
        """What the head wants encoded of the supports."""
        return self.decode_head.support_views

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
        for name, other in output.training_outputs.items():
            losses |= add_prefix(self.output_loss(other, labels), name)
        return losses

    # ---- test ----------------------------------------------------------------------

    def predict(
        self, inputs: dict[str, Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Encode, represent, segment, and write the prediction into the samples."""
        seeds = [sample.get('support_set_seed', 0) for sample in data_samples]
        logits, diverged = [], [False] * len(data_samples)
        for scale in self.test_scales:
            query, supports = self.encode_at(scale, inputs)
            if not self.decode_head.represents:
                logits.append(self.decode_head(query, supports).query_logits)
                continue
            known = self.represent(self.describe_supports(supports), seeds)
            logits.append(self.segment(self.describe_queries(query), known))
            if known.diverged is not None:
                diverged = [a or b for a, b in zip(diverged, known.diverged.tolist())]
        return self.write_predictions(logits, data_samples, diverged)

    def encode_at(
        self, scale: float, inputs: dict[str, Tensor]
    ) -> tuple[QueryFeatures | None, SupportFeatures | None]:
        """As :meth:`encode`, of resized images.

        Raises:
            ValueError: If a scale leaves nothing that could be compared.
        """
        with readable_size_errors(scale, self.test_scales):
            query, supports = self.encode(resized_inputs(inputs, scale))
        levels = () if query is None else query.levels
        if supports is not None:  # levels of other views may be of any size
            levels += supports.views.get(PLAIN, ())
        check_levels(levels, scale, self.test_scales)
        return query, supports

    @in_own_precision
    def describe_queries(self, query: QueryFeatures) -> QueryFeatures:
        """What depends on queries alone: their reduction, unless that is fine-tuned."""
        if self.fine_tuning is not None:
            return query
        return self.decode_head.reduce_query(query)

    @in_own_precision
    def describe_supports(
        self, supports: SupportFeatures
    ) -> ClassRepresentation | SupportFeatures:
        """What depends on single supports: (N, K, ...), to be kept and put into sets.

        Fine-tuning starts from their features.
        """
        if self.fine_tuning is not None:
            return supports
        head = self.decode_head
        return head.represent_shots(head.reduce_supports(supports))

    @in_own_precision
    def represent(
        self, shots: ClassRepresentation | SupportFeatures, seeds: Sequence[int] = ()
    ) -> ClassRepresentation:
        """A class from its shots, under the segmentor's strategies: (N, ...).

        Args:
            shots: (N, K, ...), of :meth:`describe_supports`.
            seeds (Sequence[int]): N, of what is random about it: the data samples'
                ``support_set_seed``. Defaults to none, for what is not.
        """
        if self.fine_tuning is not None:
            return self.fine_tuning.represent(self, shots, seeds)
        return self.merge_shots(shots)

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """(N, K, ...) to (N, ...); with ``shot_fusion`` shots are kept apart."""
        return shots if self.shot_fusion else self.decode_head.merge_shots(shots)

    @in_own_precision
    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> Tensor:
        """Logits of the queries, (N, 2, h, w), at the head's resolution.

        Args:
            query (QueryFeatures): N, of :meth:`describe_queries`.
            representation (ClassRepresentation): N, of :meth:`represent`.
        """
        if representation.weights:
            return segment_adapted(self, query, representation)
        return self.segment_reduced(query, representation)

    def segment_reduced(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> Tensor:
        """The same of reduced queries, with the head as it is."""
        if self.shot_fusion is not None:
            return self.shot_fusion.segment(self.decode_head, query, representation)
        return self.decode_head.segment(query, representation).query_logits

    def write_predictions(
        self,
        logits: Sequence[Tensor],
        data_samples: Samples,
        diverged: Sequence[bool] = (),
    ) -> list[FewShotSegDataSample]:
        """Write ``seg_logits`` and ``pred_sem_seg``.

        The prediction has the size of the query's mask, where there is one: a pipeline
        that loads the mask behind the resizing is scored at the original size. Without
        a mask it has the query's original size. Logits stay at the head's resolution,
        but for those averaged over several scales, which have the prediction's size.

        Args:
            logits (Sequence[Tensor]): One or more (N, 2, h, w), of any sizes. The
                probabilities of several are averaged.
            data_samples (Sequence[FewShotSegDataSample]): N of them.
            diverged (Sequence[bool]): N, where fine-tuning failed at any scale.
                Defaults to nowhere.
        """
        head = self.decode_head
        for i, sample in enumerate(data_samples):
            masked = 'gt_sem_seg' in sample
            size = sample.gt_sem_seg.shape if masked else sample.ori_shape
            own = [at_least_single(x[i : i + 1]) for x in logits]
            merged = average_probabilities([head.predict_by_feat(x, size) for x in own])
            sample.seg_logits = PixelData(data=(merged if len(own) > 1 else own[0])[0])
            sample.pred_sem_seg = PixelData(data=foreground_mask(merged))
            sample.set_metainfo(dict(align_corners=head.align_corners))
            if diverged and diverged[i]:
                sample.set_metainfo(dict(diverged=True))
        return list(data_samples)

    def require_shots(self, num_shots: int) -> None:
        """Check that episodes with so many supports can be segmented.

        Raises:
            ValueError: If not, with what to do.
        """
        if self.fine_tuning is not None:
            self.fine_tuning.require_shots(num_shots)
        fused = self.shot_fusion is not None
        self.decode_head.require_shots(min(num_shots, 1) if fused else num_shots)


def weighted(losses: dict[str, Tensor], prefix: str, weight: float) -> dict:
    """Prefix the keys, and multiply those that count as a loss."""
    losses = {k: v * weight if 'loss' in k else v for k, v in losses.items()}
    return add_prefix(losses, prefix)
