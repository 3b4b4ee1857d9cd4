"""A head in forty lines: the class is where features resemble the support's mean.

Everything a new method needs is here: a class that turns ``EpisodeFeatures`` into
logits, registered under its name. Loss, prediction, resizing and the choice of feature
levels come from the base class.

Shape letters: N episodes, K shots, C channels, h w feature size.
"""

import torch
from torch import nn

from fss_mm.models import FewShotDecodeHead
from fss_mm.models.layers import class_prototype, cosine_map
from fss_mm.registry import MODELS
from fss_mm.structures import EpisodeFeatures, FewShotHeadOutput


@MODELS.register_module()
class NearestColorHead(FewShotDecodeHead):
    """Logits as a learned line over the cosine to the foreground prototype.

    Args:
        channels (int): Width of the 1 x 1 convolution in front. Defaults to 16.
        **kwargs: As in :class:`fss_mm.models.FewShotDecodeHead`.
    """

    def __init__(self, channels: int = 16, **kwargs) -> None:
        super().__init__(**kwargs)
        self.embed = nn.Conv2d(sum(self.in_channels), channels, 1)
        self.scale = nn.Parameter(torch.tensor([10.0, -5.0]))

    def forward(
        self, features: EpisodeFeatures, with_support: bool = False
    ) -> FewShotHeadOutput:
        """Segment the queries: (N, 2, h, w) logits."""
        query, support = self.select_levels(features)  # (N, C, h, w), (N, K, C, h, w)
        shape = support.shape[:2]
        support = self.embed(support.flatten(0, 1)).unflatten(0, shape)
        prototype = class_prototype(support, features.support_masks, label=1)
        likeness = cosine_map(self.embed(query), prototype)  # (N, 1, h, w)
        foreground = self.scale[0] * likeness + self.scale[1]
        return FewShotHeadOutput(torch.cat([-foreground, foreground], dim=1))
