"""Features to classes and masks: how a head is used at test.

Shape letters: N episodes, K shots, H W mask size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmengine.structures import PixelData
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    PLAIN,
    ClassRepresentation,
    FewShotSegDataSample,
    QueryFeatures,
    SupportFeatures,
)
from ...utils.masks import foreground_mask
from ..layers import at_least_single
from ..refiners import build_refiner, refined_logits
from ..strategies import (
    FineTuning,
    ShotFusion,
    average_probabilities,
    check_scales,
    resized_inputs,
)
from ..strategies.adapted_weights import segment_adapted
from ..strategies.test_scales import check_levels, readable_size_errors
from .arithmetic import in_own_precision
from .image_encoder import ImageEncoder, refuse_two_backbones
from .support_views import check_views

Samples = Sequence[FewShotSegDataSample]


class ClassSegmenter(ImageEncoder):
    """Represents classes and finds them in queries, under the strategies of a test.

    Each step is public, so that what it makes can be kept: of a support, of a class, of
    a query. Arguments are those of :class:`~fss_mm.models.FewShotSegmentor`.
    """

    def use_head(
        self,
        decode_head: dict,
        shot_fusion: dict | None,
        fine_tuning: dict | None,
        test_scales: Sequence[float],
        refiner: dict | None,
    ) -> None:
        """Build the head and what says how it is used.

        Raises:
            ValueError: If a strategy cannot be had with this head.
        """
        self.decode_head = head = MODELS.build(decode_head)
        encoder = self.support_backbone or self.backbone
        check_views(self.support_views, encoder, self.view_options)
        self.arithmetic.prepare(self)
        used = shot_fusion is not None or fine_tuning is not None
        if used and not head.represents:
            raise ValueError(
                f'shot_fusion and fine_tuning need represent and segment, and '
                f'{type(head).__name__} has a forward alone'
            )
        self.shot_fusion = None if shot_fusion is None else ShotFusion(**shot_fusion)
        self.fine_tuning = None
        if fine_tuning is not None:
            refuse_two_backbones(self, 'fine_tuning')
            self.fine_tuning = FineTuning(**fine_tuning)
            self.fine_tuning.check(head, self.shot_fusion)
        self.test_scales = check_scales(test_scales)
        self.refiner = build_refiner(refiner, self.data_preprocessor)

    @property
    def support_views(self) -> tuple[str, ...]:
        """What the head wants encoded of the supports."""
        return self.decode_head.support_views

    @property
    def view_options(self) -> Mapping[str, Mapping]:
        """What the head wants its views made with."""
        return self.decode_head.view_options

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
        """What depends on queries alone: their reduction, unless that is fine-tuned.

        A refiner looks at their images behind the head: with one they are kept.
        """
        if self.fine_tuning is not None and self.fine_tuning.tunes_head:
            return query
        reduced = self.decode_head.reduce_query(query)
        if self.refiner is not None:
            reduced = replace(reduced, images=query.images)
        return reduced

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
        if self.shot_fusion is not None:
            return shots
        return self.decode_head.merge_shots(shots)

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

    def whole_logits(self, logits: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Logits of a prediction, averaged over scales: (N, 2, H, W), not refined.

        Args:
            logits (Sequence[Tensor]): One or more (N, 2, h, w), of any sizes.
            size (tuple[int, int]): H and W.
        """
        resize = self.decode_head.predict_by_feat
        return average_probabilities([resize(at_least_single(x), size) for x in logits])

    def write_predictions(
        self,
        logits: Sequence[Tensor],
        data_samples: Samples,
        diverged: Sequence[bool] = (),
        images: Tensor | None = None,
    ) -> list[FewShotSegDataSample]:
        """Write ``seg_logits`` and ``pred_sem_seg``.

        The prediction has the size of the query's mask, where there is one: a pipeline
        that loads the mask behind the resizing is scored at the original size. Without
        a mask it has the query's original size. Logits stay at the head's resolution,
        but for those averaged over several scales or refined, which have the
        prediction's size.

        Args:
            logits (Sequence[Tensor]): One or more (N, 2, h, w), of any sizes. The
                probabilities of several are averaged.
            data_samples (Sequence[FewShotSegDataSample]): N of them.
            diverged (Sequence[bool]): N, where fine-tuning failed at any scale.
                Defaults to nowhere.
            images (Tensor, optional): (N, 3, H, W), the queries as the network saw
                them, of :func:`largest_images`, which a refiner looks at. Defaults to
                None: there is no refiner.

        Raises:
            ValueError: If there is a refiner, and no image for it.
        """
        if self.refiner is not None and images is None:
            raise ValueError(
                f'{type(self.refiner).__name__} looks at the queries: give '
                'write_predictions their images (largest_images of their features)'
            )
        for i, sample in enumerate(data_samples):
            masked = 'gt_sem_seg' in sample
            size = sample.gt_sem_seg.shape if masked else sample.ori_shape
            own = [at_least_single(x[i : i + 1]) for x in logits]
            merged = self.whole_logits(own, size)
            kept = merged if len(own) > 1 else own[0]
            if self.refiner is not None:
                image = self.data_preprocessor.pixels(images[i])
                kept = merged = refined_logits(self.refiner, merged, image)
            sample.seg_logits = PixelData(data=kept[0])
            sample.pred_sem_seg = PixelData(data=foreground_mask(merged))
            head = self.decode_head
            sample.set_metainfo(
                dict(align_corners=head.align_corners, resize_mode=head.resize_mode)
            )
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


def largest_images(queries: Sequence[QueryFeatures]) -> Tensor | None:
    """The images of the largest of several test scales: (N, 3, H, W), normalised."""
    return max(queries, key=lambda query: query.image_size).images
