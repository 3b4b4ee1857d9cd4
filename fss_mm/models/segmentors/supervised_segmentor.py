"""A segmentor of mmseg on the data, and in the tests, of few-shot segmentors.

Shape letters: N images, L labels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from torch import Tensor

from ...registry import MODELS
from ...structures import PLAIN, FewShotSegDataSample
from ...utils.masks import foreground_mask
from ..feature_bank import FeatureBank
from ..layers import class_against_rest
from ..strategies import STRATEGY_ARGUMENTS

Samples = Sequence[FewShotSegDataSample]


@MODELS.register_module()
class SupervisedSegmentor(EncoderDecoder):
    """mmseg's ``EncoderDecoder``, with weights of its names, trained without episodes.

    It learns background and the base classes from queries alone: give the sampler
    ``with_supports=False``, and ``LoadFewShotMask`` of the query pipeline
    ``base_labels=True``.

    In a test it gets the episodes of a few-shot model, does not look at the supports,
    and answers with the episode's class against the rest. So its report can be compared
    with theirs, episode by episode. Which label a class has it must be told
    (:meth:`use_labels`): the Runner of fss_mm does, by the names in the checkpoint.

    Args:
        *args: As in mmseg's ``EncoderDecoder``.
        data_preprocessor (dict): Defaults to ``dict(type='FewShotDataPreProcessor')``.
        test_cfg (dict): As in ``EncoderDecoder``. Defaults to ``dict(mode='whole')``.
        feature_bank (dict, optional): As in :class:`FewShotSegmentor`, for a frozen
            backbone. Defaults to None.
        **kwargs: As in ``EncoderDecoder``.

    Examples:
        >>> model = dict(type='SupervisedSegmentor', backbone=..., decode_head=dict(
        ...     type='DepthwiseSeparableASPPHead', num_classes=16, ...))
    """

    def __init__(
        self,
        *args,
        data_preprocessor: dict = dict(type='FewShotDataPreProcessor'),  # noqa: B006
        test_cfg: dict | None = None,
        feature_bank: dict | None = None,
        **kwargs,
    ) -> None:
        refuse_strategies(kwargs)
        super().__init__(
            *args,
            data_preprocessor=data_preprocessor,
            test_cfg=ConfigDict(test_cfg or dict(mode='whole')),
            **kwargs,
        )
        if hasattr(self.data_preprocessor, 'follow'):
            self.data_preprocessor.follow([self.backbone])
        self.labels: Mapping[str, int] = {}
        self.feature_bank = None
        if feature_bank is not None:
            self.feature_bank = FeatureBank(**feature_bank)
            self.feature_bank.require_frozen(self.backbone)

    def use_labels(self, labels: Mapping[str, int]) -> None:
        """Say which label each class of a test has, by the test's name of the class."""
        self.labels = dict(labels)

    def loss(self, inputs: Mapping[str, Tensor], data_samples: Samples) -> dict:
        """Losses of mmseg's heads, over background and the base classes.

        Args:
            inputs (Mapping[str, Tensor]): ``query`` (N, 3, H, W), normalised.
            data_samples (Sequence[FewShotSegDataSample]): N, with ``base_sem_seg``.

        Raises:
            ValueError: If there are no labels of the base classes, or some that the
                head does not have.
        """
        feat = self._features(inputs['query'], data_samples)
        truth = [_labelled(sample, self.num_classes) for sample in data_samples]
        losses = self._decode_head_forward_train(feat, truth)
        if self.with_auxiliary_head:
            losses |= self._auxiliary_head_forward_train(feat, truth)
        return losses

    def predict(
        self, inputs: Mapping[str, Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Write the episode's class against the rest into the samples.

        ``pred_sem_seg`` has the size of the query's mask, where there is one, else its
        original size; ``seg_logits`` (2, H, W) are, of that size, the largest of the
        other labels and the class's own.

        Raises:
            ValueError: If an episode is of a class without a label.
        """
        images = inputs['query']
        metas = [
            dict(img_shape=tuple(images.shape[-2:]), ori_shape=sample.ori_shape)
            for sample in data_samples
        ]
        logits = self.inference(images, metas)  # (N, L, H, W)
        for i, sample in enumerate(data_samples):
            masked = 'gt_sem_seg' in sample
            size = sample.gt_sem_seg.shape if masked else sample.ori_shape
            whole = resize(
                logits[i : i + 1],
                size,
                mode='bilinear',
                align_corners=self.align_corners,
            )
            two = class_against_rest(whole, self._label_of(sample))
            sample.seg_logits = PixelData(data=two[0])
            sample.pred_sem_seg = PixelData(data=foreground_mask(two))
            sample.set_metainfo(dict(align_corners=self.align_corners))
        return list(data_samples)

    def _forward(
        self, inputs: Mapping[str, Tensor], data_samples: Samples | None = None
    ) -> Tensor:
        """Logits of all labels, (N, L, h, w)."""
        return super()._forward(inputs['query'], data_samples)

    def _features(self, images: Tensor, data_samples: Samples) -> Sequence[Tensor]:
        if self.feature_bank is None:
            return self.extract_feat(images)
        keys = [key and f'{key} {PLAIN}' for s in data_samples for key in [s.query_key]]
        made = getattr(self.data_preprocessor, 'description', '')
        feat = self.feature_bank(self.backbone, images, keys, made)
        return self.neck(feat) if self.with_neck else feat

    def _label_of(self, sample: FewShotSegDataSample) -> int:
        label = self.labels.get(sample.class_name)
        if label is None:
            known = ', '.join(self.labels) or 'none, as without a checkpoint'
            raise ValueError(
                f'{sample.class_name!r} is no label of the supervised model; of the '
                f"test's classes it knows {known}"
            )
        return label


def refuse_strategies(given: Mapping) -> None:
    """Refuse what only few-shot segmentors have.

    Raises:
        ValueError: Naming it.
    """
    names = [name for name in STRATEGY_ARGUMENTS if given.get(name) is not None]
    if names:
        raise ValueError(
            f'a SupervisedSegmentor has no {", ".join(names)}: leave out what asks for '
            'it, such as --tta, --precision or --refine'
        )


def _labelled(sample: FewShotSegDataSample, num_classes: int) -> SegDataSample:
    """The labels of the base classes in the place where mmseg looks for labels."""
    if 'base_sem_seg' not in sample:
        raise ValueError(
            'a supervised training needs labels of all classes: put '
            "dict(type='LoadFewShotMask', base_labels=True) into query_pipeline"
        )
    labels = sample.base_sem_seg.data.long()
    top = int(labels[labels != 255].max()) if (labels != 255).any() else 0
    if top >= num_classes:
        raise ValueError(
            f'label {top} of the base classes, but decode_head.num_classes='
            f'{num_classes}: set it to the number of base classes and 1, the background'
        )
    return SegDataSample(gt_sem_seg=PixelData(data=labels))
