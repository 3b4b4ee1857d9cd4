"""The recipe: images -> features -> head -> loss or prediction.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmengine.model import BaseModel
from mmengine.structures import PixelData
from mmseg.utils import add_prefix
from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotHeadOutput, FewShotSegDataSample
from ..feature_bank import FeatureBank
from .support_views import SUPPORT_VIEWS

Samples = Sequence[FewShotSegDataSample]


@MODELS.register_module()
class FewShotSegmentor(BaseModel):
    """A backbone and a few-shot head.

    Args:
        backbone (dict): Any backbone of mmseg or fss_mm: (B, 3, H, W) to a tuple of
            (B, C, h, w).
        decode_head (dict): A :class:`~fss_mm.models.FewShotDecodeHead`.
        data_preprocessor (dict): Defaults to
            ``dict(type='FewShotDataPreProcessor')``.
        query_loss_weight (float): Factor on the query's losses. Defaults to 1.
        encode_together (bool): Queries and supports go through the backbone in one
            pass. It matters where batch norms use the batch's statistics; False is
            CANet's code. Defaults to True.
        feature_bank (dict, optional): Arguments of
            :class:`~fss_mm.models.feature_bank.FeatureBank`, which keeps a frozen
            backbone's features. Defaults to None: every image is encoded every time.
        init_cfg (dict, optional): As in mmengine.
    """

    def __init__(
        self,
        backbone: dict,
        decode_head: dict,
        data_preprocessor: dict = dict(type='FewShotDataPreProcessor'),  # noqa: B006
        query_loss_weight: float = 1.0,
        encode_together: bool = True,
        feature_bank: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        if isinstance(data_preprocessor, dict):
            data_preprocessor = MODELS.build(data_preprocessor)
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = MODELS.build(backbone)
        self.decode_head = MODELS.build(decode_head)
        self.query_loss_weight = query_loss_weight
        self.encode_together = encode_together
        self.feature_bank = None
        if feature_bank is not None:
            self.feature_bank = FeatureBank(**feature_bank)
            self.feature_bank.require_frozen(self.backbone)

    def forward(
        self, inputs: dict[str, Tensor], data_samples: Samples, mode: str = 'tensor'
    ) -> dict[str, Tensor] | list[FewShotSegDataSample] | FewShotHeadOutput:
        """Run a batch in one of mmengine's modes.

        Args:
            inputs (dict[str, Tensor]): ``query`` (N, 3, H, W), ``support``
                (N, K, 3, H, W), normalised.
            data_samples (Sequence[FewShotSegDataSample]): N of them.
            mode (str): 'loss', 'predict' or 'tensor' (the head's output).
        """
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode not in ('loss', 'tensor'):
            raise ValueError(f"mode={mode!r}, expected 'loss', 'predict' or 'tensor'")
        features = self.encode(inputs, self.support_masks(data_samples))
        if mode == 'loss':
            return self.loss(features, self.query_masks(data_samples))
        return self.decode_head(features)

    # ---- images to features --------------------------------------------------------

    def encode(
        self, inputs: dict[str, Tensor], support_masks: Tensor
    ) -> EpisodeFeatures:
        """Encode queries and supports together; nothing behind this needs an image.

        Args:
            inputs (dict[str, Tensor]): As in :meth:`forward`.
            support_masks (Tensor): (N, K, H, W).
        """
        query, support = inputs['query'], inputs['support']
        shots, masks = support.flatten(0, 1), support_masks.flatten(0, 1)  # (NK, ...)
        names = self.decode_head.support_views
        views = [SUPPORT_VIEWS[name](shots, masks) for name in names]
        queries, *supports = self._encode_images([query, shots, *views])
        supports = [
            tuple(level.unflatten(0, support.shape[:2]) for level in levels)
            for levels in supports
        ]
        size = tuple(query.shape[-2:])
        views = dict(zip(names, supports[1:]))
        return EpisodeFeatures(queries, supports[0], support_masks, size, views)

    def _encode_images(self, parts: Sequence[Tensor]) -> list[tuple[Tensor, ...]]:
        """Levels of each part (B, 3, H, W); images of one size share a pass."""
        if not self.encode_together or len({part.shape[-2:] for part in parts}) > 1:
            return [self._levels(part) for part in parts]
        counts = [len(part) for part in parts]
        levels = [level.split(counts) for level in self._levels(torch.cat(list(parts)))]
        return list(zip(*levels))

    def _levels(self, images: Tensor) -> tuple[Tensor, ...]:
        if self.feature_bank is None:
            return tuple(self.backbone(images))
        return self.feature_bank(self.backbone, images)

    # ---- features to losses --------------------------------------------------------

    def loss(self, features: EpisodeFeatures, query_masks: Tensor) -> dict:
        """Losses of a batch: ``query.loss_ce`` and ``query.acc_seg``.

        Args:
            features (EpisodeFeatures): Of N episodes.
            query_masks (Tensor): (N, H, W): 0, 1 or 255.
        """
        return self.output_loss(
            self.decode_head(features), features.support_masks, query_masks
        )

    def output_loss(
        self, output: FewShotHeadOutput, support_masks: Tensor, query_masks: Tensor
    ) -> dict:
        """Losses of what a head returned, with those made for training alone.

        Args:
            output (FewShotHeadOutput): Of N episodes.
            support_masks (Tensor): (N, K, H, W).
            query_masks (Tensor): (N, H, W).
        """
        losses = self.decode_head.loss_by_feat(output.query_logits, query_masks)
        losses = weighted(losses, 'query', output.loss_weight * self.query_loss_weight)
        for name, other in output.training_outputs.items():
            part = self.output_loss(other, support_masks, query_masks)
            losses |= add_prefix(part, name)
        return losses

    # ---- features to predictions ---------------------------------------------------

    def predict(
        self, inputs: dict[str, Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Encode, segment, and write the prediction into the samples."""
        features = self.encode(inputs, self.support_masks(data_samples))
        logits = self.segment(features, data_samples)
        return self.write_predictions([logits], data_samples)

    def segment(self, features: EpisodeFeatures, data_samples: Samples) -> Tensor:
        """Logits of the queries, (N, 2, h, w).

        Args:
            features (EpisodeFeatures): Of N episodes.
            data_samples (Sequence[FewShotSegDataSample]): For those who ask which
                episodes these are; their query masks are not looked at.
        """
        return self.decode_head(features).query_logits

    def write_predictions(
        self, logits: Sequence[Tensor], data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Write ``seg_logits`` and ``pred_sem_seg``.

        They have the size of the query's mask, where there is one: a pipeline that
        loads the mask behind the resizing is scored at the original size. Without a
        mask they have the query's original size.

        Args:
            logits (Sequence[Tensor]): One or more (N, 2, h, w), of any sizes. The
                probabilities of several are averaged.
            data_samples (Sequence[FewShotSegDataSample]): N of them.
        """
        for i, sample in enumerate(data_samples):
            masked = 'gt_sem_seg' in sample
            size = sample.gt_sem_seg.shape if masked else sample.ori_shape
            many = [
                self.decode_head.predict_by_feat(x[i : i + 1], size) for x in logits
            ]
            merged = average_probabilities(many)[0]  # (2, H, W)
            sample.seg_logits = PixelData(data=merged)
            sample.set_metainfo(dict(align_corners=self.decode_head.align_corners))
            sample.pred_sem_seg = PixelData(data=merged.argmax(0, keepdim=True))
        return list(data_samples)

    def require_shots(self, num_shots: int) -> None:
        """Check that episodes with so many supports can be segmented.

        Raises:
            ValueError: If not, with what to do.
        """
        self.decode_head.require_shots(num_shots)

    # ---- masks of a batch ----------------------------------------------------------

    @staticmethod
    def support_masks(data_samples: Samples) -> Tensor:
        """Stack the supports' masks: (N, K, H, W)."""
        return torch.stack([sample.support_gt_sem_seg.data for sample in data_samples])

    @staticmethod
    def query_masks(data_samples: Samples) -> Tensor:
        """Stack the queries' masks: (N, H, W)."""
        return torch.cat([sample.gt_sem_seg.data for sample in data_samples])


def weighted(losses: dict[str, Tensor], prefix: str, weight: float) -> dict:
    """Prefix the keys, and multiply those that count as a loss."""
    losses = {k: v * weight if 'loss' in k else v for k, v in losses.items()}
    return add_prefix(losses, prefix)


def average_probabilities(logits: Sequence[Tensor]) -> Tensor:
    """Logits whose softmax is the mean of the given ones'.

    Args:
        logits (Sequence[Tensor]): Each (N, 2, h, w), of one size.

    Returns:
        Tensor: (N, 2, h, w), log-probabilities; a single one comes back as it is.
    """
    if len(logits) == 1:
        return logits[0]
    probabilities = torch.stack([x.log_softmax(1) for x in logits])
    return torch.logsumexp(probabilities, 0) - math.log(len(logits))
