"""SG-One (Zhang et al., IEEE Transactions on Cybernetics 2020): similarity guidance.

Shape letters: N episodes, K shots, B any batch, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import (
    CLASSIFIER_INIT,
    LevelChain,
    cosine_map,
    mask_size_prototype,
)
from .few_shot_head import FewShotDecodeHead

SG_ONE_INIT = [
    dict(type='Xavier', layer='Conv2d', distribution='uniform'),
    CLASSIFIER_INIT,
]
_EPS = 1e-8  # the released code divides by the area alone, and by 0


@MODELS.register_module()
class SGOneHead(FewShotDecodeHead):
    """SG-One (Zhang, Wei, Yang and Huang, IEEE Trans. Cybernetics 2020).

    A *guidance branch* is one convolution of the last level. Its map of a support,
    resized to the mask and averaged under it, is the class; the cosine of that vector
    with the query's map is the similarity. A *segmentation branch* chains all levels
    (:class:`~fss_mm.models.layers.LevelChain`); its map, times the similarity, gives
    the mask. The encoder is trained as well, with ``frozen=False``. What is said here
    is read in the authors' released code.

    Several supports: their vectors are averaged. With the segmentor's
    ``shot_fusion=dict(rule='any')`` each makes its own mask, and what any of them finds
    is the class: the code's other way.

    Args:
        in_channels (Sequence[int]): Of the levels from the first layers on. The
            guidance branch takes the last.
        in_index (Sequence[int]): As in :class:`FewShotDecodeHead`. Defaults to
            (0, 1, 2).
        channels (int): C, of the segmentation branch. Defaults to 128.
        classifier_padding (int): Cells around the map that the classifier sees as
            zeros. 1 is the released code's: its logits are two cells larger than the
            map, and resized as if they were not. Defaults to 1.
        align_corners (bool): Place of samples when features and logits are resized.
            Defaults to False, which the code leaves to its version of torch.
        init_cfg (dict | list[dict]): Defaults to Xavier's rule as in the code, and
            a classifier from N(0, 0.01).
        **kwargs: As in :class:`FewShotDecodeHead`.

    Examples:
        >>> decode_head = dict(type='SGOneHead', in_channels=(256, 512, 512))
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1, 2),
        channels: int = 128,
        classifier_padding: int = 1,
        align_corners: bool = False,
        init_cfg: dict | list[dict] | None = SG_ONE_INIT,
        **kwargs,
    ) -> None:
        super().__init__(
            in_channels,
            in_index,
            align_corners=align_corners,
            init_cfg=init_cfg,
            **kwargs,
        )
        deepest = self.in_channels[-1]
        self.guidance = nn.Conv2d(deepest, deepest, 3, padding=1)
        self.segmentation = LevelChain(self.in_channels, channels)
        self.fuse = nn.Conv2d(channels, channels, 3, padding=1)
        self.classify = nn.Conv2d(channels, 2, 1, padding=classifier_padding)

    def reduce_levels(self, levels: Levels) -> Levels:
        """The guidance map (B, any, h, w), and the levels."""
        levels = self.scaled(levels)
        return self.guidance(levels[-1]), *levels

    def query_levels(self, levels: Levels) -> Levels:
        """The guidance map, and that of the segmentation branch, (B, C, h, w)."""
        guidance, *others = levels
        return guidance, self.segmentation(others)

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """``vector``, the average of the guidance map over the class: (N, K, C, 1, 1).

        The map is resized to the mask. A mask without the class gives zeros; in the
        released code it gives no number.
        """
        guidance, *_ = supports.levels
        inside = supports.masks == 1
        vector = mask_size_prototype(guidance, inside, _EPS, self.align_corners)
        return ClassRepresentation(dict(vector=vector))

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Weigh the segmentation branch's map; ``aux`` has ``similarity``."""
        guidance, feat = query.levels
        similarity = cosine_map(guidance, representation['vector'])
        fused = self.fuse(feat * similarity.to(feat.dtype)).relu()
        return FewShotHeadOutput(self.classify(fused), aux=dict(similarity=similarity))
