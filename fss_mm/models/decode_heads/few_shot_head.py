"""The base of all few-shot heads: what a method is.

A head sees :class:`~fss_mm.structures.EpisodeFeatures` and returns
:class:`~fss_mm.structures.FewShotHeadOutput`. It never sees an image or a backbone.

Shape letters: N episodes, K shots, B any batch, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.models.losses import accuracy
from torch import Tensor

from ...registry import MODELS
from ...structures import EpisodeFeatures, FewShotHeadOutput


class FewShotDecodeHead(BaseModule):
    """Chosen feature levels, loss and prediction, shared by all methods.

    A method implements :meth:`forward`. Registering it in ``MODELS`` is all it takes
    to use it in a config.

    Args:
        in_channels (Sequence[int]): Channels of the chosen levels.
        in_index (Sequence[int]): Which of the backbone's levels to take. Defaults to
            (0, 1). They must share one size; they are concatenated.
        loss_decode (dict): A loss of mmseg, called with (B, 2, H, W) and (B, H, W).
            Defaults to cross-entropy over the pixels that are not ignored.
        align_corners (bool): Place of samples when masks and logits are resized.
            Defaults to True (CANet).
        ignore_index (int): Mask value without meaning. Defaults to 255.
    """

    max_shots: int | None = None
    """Most supports that the head can look at together; None: any number."""

    support_views: tuple[str, ...] = ()
    """What the segmentor is to encode of the supports beside the plain images: names
    from :data:`~fss_mm.models.segmentors.support_views.SUPPORT_VIEWS`."""

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1),
        loss_decode: dict = dict(type='CrossEntropyLoss', avg_non_ignore=True),  # noqa: B006
        align_corners: bool = True,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(in_channels) != len(in_index):
            raise ValueError(
                f'in_channels={tuple(in_channels)} and in_index={tuple(in_index)} must '
                'have the same length: one number of channels for each level'
            )
        self.in_channels, self.in_index = tuple(in_channels), tuple(in_index)
        self.loss_decode = MODELS.build(loss_decode)
        self.align_corners = align_corners
        self.ignore_index = ignore_index

    def forward(
        self, features: EpisodeFeatures, with_support: bool = False
    ) -> FewShotHeadOutput:
        """Segment the queries of a batch of episodes.

        Args:
            features (EpisodeFeatures): Of N episodes.
            with_support (bool): Also predict the supports' masks, in a head that can.
                Defaults to False: at test nobody needs them.
        """
        raise NotImplementedError

    # ---- features ------------------------------------------------------------------

    def select_levels(self, features: EpisodeFeatures) -> tuple[Tensor, Tensor]:
        """Concatenate the chosen levels.

        Returns:
            tuple[Tensor, Tensor]: Query (N, C, h, w) and support (N, K, C, h, w).

        Raises:
            ValueError: If the number of supports does not fit the head, or the
                backbone's levels are not what it was told.
        """
        self.require_shots(features.num_shots)
        given = [level.shape[1] for level in features.query]
        if max(self.in_index) >= len(given):
            raise ValueError(
                f'in_index={self.in_index}, but the backbone gives {len(given)} levels'
            )
        chosen = tuple(given[i] for i in self.in_index)
        if chosen != self.in_channels:
            raise ValueError(
                f'in_channels={self.in_channels}, but levels {self.in_index} of the '
                f'backbone have {chosen} channels (all levels: {tuple(given)})'
            )
        sizes = {tuple(features.query[i].shape[-2:]) for i in self.in_index}
        if len(sizes) > 1:
            raise ValueError(
                f'levels {self.in_index} have sizes {sorted(sizes)} and cannot be '
                'concatenated; choose levels of one stride or set output_stride'
            )
        return self.join(features.query), self.join(features.support)

    def require_shots(self, num_shots: int) -> None:
        """Check that the head can look at so many supports.

        Raises:
            ValueError: If there is none, or more than :attr:`max_shots`.
        """
        if num_shots < 1:
            raise ValueError('an episode has 0 supports, expected at least 1')
        if self.max_shots is not None and num_shots > self.max_shots:
            raise ValueError(
                f'{type(self).__name__} looks at {self.max_shots} support at a time, '
                f'and episodes have {num_shots}; wrap the segmentor: model = dict('
                "_delete_=True, type='ShotFusion', segmentor=_base_.model)"
            )

    def join(self, levels: Sequence[Tensor]) -> Tensor:
        """Concatenate the chosen ones of all levels (..., C, h, w)."""
        return torch.cat([levels[i] for i in self.in_index], dim=-3)

    # ---- loss and prediction -------------------------------------------------------

    def loss_by_feat(self, logits: Tensor, masks: Tensor) -> dict[str, Tensor]:
        """Score logits at the masks' size.

        Args:
            logits (Tensor): (B, 2, h, w).
            masks (Tensor): (B, H, W): 0, 1 or 255.

        Returns:
            dict[str, Tensor]: ``loss_ce`` and ``acc_seg`` (percent of the pixels that
            are not ignored).
        """
        logits = self.resize(logits, masks.shape[-2:])
        target = masks.long()
        return dict(
            loss_ce=self.loss_decode(logits, target, ignore_index=self.ignore_index),
            acc_seg=accuracy(logits, target, ignore_index=self.ignore_index),
        )

    def predict_by_feat(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Logits (B, 2, h, w) at ``size`` (H, W): (B, 2, H, W)."""
        return self.resize(logits, size)

    def resize(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Bilinear resizing of (B, C, h, w) to ``size``."""
        return F.interpolate(
            logits, tuple(size), mode='bilinear', align_corners=self.align_corners
        )
