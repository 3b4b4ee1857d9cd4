"""The recipe: images -> features -> head -> loss or prediction.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModel
from mmengine.structures import PixelData
from mmseg.utils import add_prefix
from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotHeadOutput, FewShotSegDataSample
from ..feature_bank import FeatureBank

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
        features = self.encode(inputs, self.support_masks(data_samples))
        if mode == 'loss':
            return self.loss(features, data_samples)
        if mode == 'predict':
            return self.predict(features, data_samples)
        if mode == 'tensor':
            return self.decode_head(features)
        raise ValueError(f"mode={mode!r}, expected 'loss', 'predict' or 'tensor'")

    def encode(
        self, inputs: dict[str, Tensor], support_masks: Tensor
    ) -> EpisodeFeatures:
        """Encode queries and supports together; nothing behind this needs an image.

        Args:
            inputs (dict[str, Tensor]): As in :meth:`forward`.
            support_masks (Tensor): (N, K, H, W).
        """
        query, support = inputs['query'], inputs['support']
        shots = support.flatten(0, 1)  # (NK, 3, H, W)
        queries, supports = self._encode_images([query, shots])
        supports = tuple(x.unflatten(0, support.shape[:2]) for x in supports)
        size = tuple(query.shape[-2:])
        return EpisodeFeatures(queries, supports, support_masks, size)

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

    def loss(self, features: EpisodeFeatures, data_samples: Samples) -> dict:
        """Losses of a batch: ``query.loss_ce`` and ``query.acc_seg``."""
        return self.query_loss(self.decode_head(features), data_samples)

    def query_loss(self, output: FewShotHeadOutput, data_samples: Samples) -> dict:
        """The query's part of the loss."""
        masks = torch.cat([sample.gt_sem_seg.data for sample in data_samples])
        losses = self.decode_head.loss_by_feat(output.query_logits, masks)
        return weighted(losses, 'query', self.query_loss_weight)

    def predict(
        self, features: EpisodeFeatures, data_samples: Samples
    ) -> list[FewShotSegDataSample]:
        """Write ``seg_logits`` and ``pred_sem_seg``.

        They have the size of the query's mask, where there is one: a pipeline that
        loads the mask behind the resizing is scored at the original size. Without a
        mask they have the query's original size.
        """
        output = self.decode_head(features)
        for i, sample in enumerate(data_samples):
            one = FewShotHeadOutput(output.query_logits[i : i + 1])
            size = sample.ori_shape
            if 'gt_sem_seg' in sample:
                size = sample.gt_sem_seg.shape
            logits = self.decode_head.predict_by_feat(one, size)[0]
            sample.seg_logits = PixelData(data=logits)  # (2, H, W)
            sample.pred_sem_seg = PixelData(data=logits.argmax(0, keepdim=True))
        return list(data_samples)

    @staticmethod
    def support_masks(data_samples: Samples) -> Tensor:
        """Stack the supports' masks: (N, K, H, W)."""
        return torch.stack([sample.support_gt_sem_seg.data for sample in data_samples])


def weighted(losses: dict[str, Tensor], prefix: str, weight: float) -> dict:
    """Prefix the keys, and multiply those that count as a loss."""
    losses = {k: v * weight if 'loss' in k else v for k, v in losses.items()}
    return add_prefix(losses, prefix)
