"""A head in forty lines: the class is where features resemble the supports' mean.

Everything a new method needs is here: what it keeps of a support, and how it finds that
in a query. Merging of shots, loss, prediction and the choice of levels are the base's.

Shape letters: N episodes, K shots, C channels, h w feature size.
"""

import torch
from torch import Tensor, nn

from fss_mm.models import FewShotDecodeHead
from fss_mm.models.layers import class_prototype, cosine_map
from fss_mm.registry import MODELS
from fss_mm.structures import ClassRepresentation, FewShotHeadOutput


@MODELS.register_module()
class NearestColorHead(FewShotDecodeHead):
    """Logits as a learned line over the cosine to the class's prototype."""

    def __init__(self, channels: int = 16, **kwargs) -> None:
        super().__init__(**kwargs)
        self.embed = nn.Conv2d(sum(self.in_channels), channels, 1)
        self.scale = nn.Parameter(torch.tensor([10.0, -5.0]))

    def reduce_levels(self, levels: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What is made of any image, query or support, before classes come in."""
        return (self.embed(self.join(levels)),)

    def represent_shots(self, supports) -> ClassRepresentation:
        """What each support says of the class: a vector, (N, K, C, 1, 1)."""
        vector = class_prototype(supports.levels[0], supports.masks, label=1)
        return ClassRepresentation(dict(prototype=vector))

    def segment(self, query, representation) -> FewShotHeadOutput:
        """Find the class in the queries: logits (N, 2, h, w)."""
        likeness = cosine_map(query.levels[0], representation['prototype'])
        foreground = self.scale[0] * likeness + self.scale[1]
        return FewShotHeadOutput(torch.cat([-foreground, foreground], dim=1))
