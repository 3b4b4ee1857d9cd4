"""co-FCN (Rakelly et al., ICLR workshop 2018): conditional networks.

Shape letters: N episodes, K shots, B any batch, C channels, H W image size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import CellGrid, conv_relu, tiled
from .few_shot_head import FewShotDecodeHead

ZERO_CLASSIFIER = dict(type='Constant', val=0, bias=0, override=dict(name='classify'))


@MODELS.register_module()
class CoFCNHead(FewShotDecodeHead):
    """co-FCN (Rakelly et al., ICLR workshop 2018): a vector of the annotated supports.

    *Conditional Networks for Few-Shot Semantic Segmentation*. Supports have an encoder
    of their own, which sees the image and its positive and negative annotation as five
    channels. Either encoder ends in a convolution of its own (fc6). The supports' map
    is averaged over all of its cells and over the shots, tiled, and concatenated with
    the query's; two 1 x 1 convolutions score the cells.

    No code of the paper is public. Layers, padding and the classifier of zeros are
    those of the authors' later release (``cofeat_early`` of revolver), in which a rule
    for the other layers, N(0, 0.001), never applies: they are PyTorch's, as here.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`. Levels of the
            query and of the supports have the same.
        in_index (Sequence[int]): Likewise. Defaults to (0,).
        channels (int): C, channels of every layer. Defaults to 256.
        kernel_size (int): Of the convolution behind either encoder. Defaults to 7.
        dropout (float): Channel-wise dropout behind each ReLU. Defaults to 0.5.
        grid (dict, optional): ``stride`` and ``padding`` of
            :class:`~fss_mm.models.layers.CellGrid`: the backbones pad their images,
            the head does not, and scores are enlarged to the query's size. Defaults to
            None: the head pads, and scores stay at the level's size.
        init_cfg (dict): Defaults to a classifier of zeros.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Examples:
        >>> decode_head = dict(type='CoFCNHead', in_channels=(512,), grid=dict())
    """

    support_views = ('annotated',)
    uses_ignored = 'the encoder sees the whole support, unlabelled where it is ignored'

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0,),
        channels: int = 256,
        kernel_size: int = 7,
        dropout: float = 0.5,
        grid: dict | None = None,
        init_cfg: dict | None = ZERO_CLASSIFIER,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, init_cfg=init_cfg, **kwargs)
        self.grid = None if grid is None else CellGrid(kernel_size=kernel_size, **grid)
        padding = kernel_size // 2 if grid is None else 0
        self.reduce, self.reduce_support = (
            nn.Sequential(
                nn.Conv2d(sum(in_channels), channels, kernel_size, padding=padding),
                nn.ReLU(),
                nn.Dropout2d(dropout),
            )
            for _ in range(2)
        )
        self.fuse = conv_relu(2 * channels, channels, 1, dropout=dropout)
        self.classify = nn.Conv2d(channels, 2, 1)

    def reduce_levels(self, levels: Levels) -> Levels:
        """The query's convolution: (B, C, h, w)."""
        return (self.reduce(self.join(levels)),)

    def reduce_view(self, name: str, levels: Sequence[Tensor]) -> Levels:
        """The supports' own: (B, C, h, w)."""
        return (self.reduce_support(self.join(self.choose(levels))),)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """The mean over the map, (N, K, C, 1, 1)."""
        (feat,) = supports.views['annotated']
        return ClassRepresentation(dict(vector=feat.mean((3, 4), keepdim=True)))

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Score the cells: logits of the query, and of its size with a ``grid``."""
        (feat,) = query.levels
        vector = tiled(representation['vector'], feat)
        logits = self.classify(self.fuse(torch.cat([vector, feat], dim=1)))
        if self.grid is not None:
            logits = self.grid.to_image(logits, query.image_size)
        return FewShotHeadOutput(logits)
