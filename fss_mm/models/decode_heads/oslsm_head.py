"""OSLSM (Shaban et al., BMVC 2017): one-shot learning for semantic segmentation.

Shape letters: N episodes, K shots, B any batch, C channels, H W image size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import CellGrid, WeightHashing, at_least_single
from .few_shot_head import FewShotDecodeHead


@MODELS.register_module()
class OSLSMHead(FewShotDecodeHead):
    """OSLSM (Shaban et al., BMVC 2017): a support predicts a pixel classifier.

    *One-Shot Learning for Semantic Segmentation*. Supports have an encoder of their
    own, which sees the image without its background and gives one vector (the 1,000
    scores of VGG-16's fc8). Two fixed maps, :class:`WeightHashing`, make of it weights
    and a bias, and a logistic regression with these scores the cells of the query
    (fc7). A pixel belongs to the class if it does by any of the supports: scores of
    several shots are merged by their maximum.

    The head has nothing to train: what is learned are the two encoders. The layers are
    those of the authors' release, which stores the fixed maps as dense weights; that
    each output takes one input with a sign is the paper's description.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`, of the query.
        in_index (Sequence[int]): Likewise. Defaults to (0,).
        support_channels (int): Of the supports' last level, which is averaged over its
            cells where it has more than one. Defaults to 1000 (fc8).
        hash_scale (float): Size of the entries of the fixed maps. Defaults to 1.
        grid (dict, optional): ``stride``, ``padding`` and ``kernel_size`` of
            :class:`~fss_mm.models.layers.CellGrid`: scores are enlarged to the query's
            size and merged there. Defaults to None: they stay at the level's size.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Examples:
        >>> decode_head = dict(type='OSLSMHead', in_channels=(4096,),
        ...                    grid=dict(padding=120))
    """

    support_views = ('foreground_only',)

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0,),
        support_channels: int = 1000,
        hash_scale: float = 1.0,
        grid: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, **kwargs)
        self.support_channels = support_channels
        self.grid = None if grid is None else CellGrid(**grid)
        self.to_weight = WeightHashing(support_channels, sum(in_channels), hash_scale)
        self.to_bias = WeightHashing(support_channels, 1, hash_scale, seed=1)

    def reduce_view(self, name: str, levels: Sequence[Tensor]) -> Levels:
        """The last level's mean over its cells, (B, C, 1, 1).

        Raises:
            ValueError: If it has other channels than the head was told.
        """
        level = levels[-1]
        if level.shape[1] != self.support_channels:
            raise ValueError(
                f'support_channels={self.support_channels}, but the last level of the '
                f'supports has {level.shape[1]} channels'
            )
        return (level.mean((2, 3), keepdim=True),)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """A classifier of each support: ``weight`` (N, K, C), ``bias`` (N, K, 1)."""
        (feat,) = supports.views['foreground_only']
        vector = feat.flatten(2)
        return ClassRepresentation(
            dict(weight=self.to_weight(vector), bias=self.to_bias(vector))
        )

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """All of them: their scores are merged, not they themselves.

        Raises:
            ValueError: If there is no shot.
        """
        self.require_shots(shots.num_shots)
        return shots

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """The largest score of any shot's classifier.

        Logits are 0 and the score: its sigmoid is the probability of the class.
        """
        (feat,) = query.levels
        weight, bias = representation['weight'], representation['bias']
        scores = torch.einsum('nkc,nchw->nkhw', weight, feat) + bias[..., None]
        if self.grid is not None:
            scores = self.grid.to_image(scores, query.image_size)
        score = at_least_single(scores).amax(1, keepdim=True)
        return FewShotHeadOutput(torch.cat([torch.zeros_like(score), score], dim=1))
