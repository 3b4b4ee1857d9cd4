"""HSNet (Min, Kang and Cho, ICCV 2021): hypercorrelation squeeze networks.

Shape letters: N episodes, K shots, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

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
from ...utils.memory import require_memory
from ..layers import (
    CorrelationSqueeze,
    average_probabilities,
    hypercorrelations,
    label_weights,
    unit_cells,
    vote,
)
from .few_shot_head import FewShotDecodeHead

_ASK_ABOVE = 2**30  # bytes: less is there, and asking a GPU costs time


@MODELS.register_module()
class HSNetHead(FewShotDecodeHead):
    """HSNet (Min, Kang and Cho, ICCV 2021): many correlation maps, squeezed to a mask.

    The architecture is that of the authors' released code. Every cell of a query is
    compared with every cell of a support, at many levels of a frozen encoder; the
    support's background is taken out of its maps. A stage of levels of one stride is a
    4-D tensor, which :class:`~fss_mm.models.layers.CorrelationSqueeze` squeezes to one
    vector for each cell of the query and decodes.

    What is kept of a support are all its masked maps. With K supports each segments the
    query by itself, and the masks vote
    (:func:`~fss_mm.models.layers.vote`), at the size of the network's input: logits
    tell the share of votes. ``shot_fusion`` averages probabilities instead. A vote has
    no gradient: in training on several shots their probabilities are averaged, too (the
    release trains on one).

    Args:
        in_channels (Sequence[int]): Channels of the chosen levels, from fine to coarse.
        num_levels (Sequence[int]): How many of them each stage has. Defaults to (4, 6,
            3): the blocks of layers 2 to 4 of a ResNet-50.
        in_index (Sequence[int], optional): As in :class:`FewShotDecodeHead`. Defaults
            to None: the first levels, as many as there are channels.
        channels (Sequence[int]): As in
            :class:`~fss_mm.models.layers.CorrelationSqueeze`. Defaults to (16, 64,
            128).
        kernel_sizes (Sequence[Sequence[int]]): Likewise. Defaults to those of the
            release for strides of 8, 16 and 32.
        support_strides (Sequence[Sequence[int]]): Likewise.
        num_groups (int): Likewise. Defaults to 4.
        mask_resampling (dict): ``mode`` and ``keep_small`` of
            :func:`~fss_mm.models.layers.downsample_label`. Defaults to none: bilinear,
            small regions kept. The release loses them (``keep_small=False``): at such a
            level all correlations are 0.
        **kwargs: As in :class:`FewShotDecodeHead`.

    Raises:
        ValueError: If the stages have another number of levels than there are channels.

    Examples:
        >>> decode_head = dict(
        ...     type='HSNetHead',
        ...     in_channels=(512,) * 4 + (1024,) * 6 + (2048,) * 3)
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        num_levels: Sequence[int] = (4, 6, 3),
        in_index: Sequence[int] | None = None,
        channels: Sequence[int] = (16, 64, 128),
        kernel_sizes: Sequence[Sequence[int]] = ((5, 5, 3), (5, 3, 3), (3, 3, 3)),
        support_strides: Sequence[Sequence[int]] = ((4, 4, 2), (4, 2, 2), (2, 2, 2)),
        num_groups: int = 4,
        mask_resampling: dict | None = None,
        **kwargs,
    ) -> None:
        in_index = range(len(in_channels)) if in_index is None else in_index
        super().__init__(in_channels, in_index, **kwargs)
        if sum(num_levels) != len(in_channels):
            raise ValueError(
                f'num_levels={tuple(num_levels)} are {sum(num_levels)} levels, and '
                f'in_channels has {len(in_channels)}: give the channels of each level'
            )
        self.num_levels = tuple(num_levels)
        self.mask_resampling = dict(mask_resampling or {})
        self.squeeze = CorrelationSqueeze(
            num_levels, channels, kernel_sizes, support_strides, num_groups
        )

    def reduce_levels(self, levels: Levels) -> Levels:
        """All levels as they are."""
        return levels

    def query_levels(self, levels: Levels) -> Levels:
        """Cells of length 1."""
        return tuple(map(unit_cells, levels))

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """Masked maps of each support, cells of length 1: (N, K, C, h, w) a level.

        Raises:
            ValueError: If there are more shots than there is memory for.
        """
        self._require_memory(supports)
        masks, parts = supports.masks, {}
        resampling = dict(align_corners=self.align_corners, **self.mask_resampling)
        for number, level in enumerate(supports.levels):
            weights = label_weights(masks, level, (1,), **resampling).to(level.dtype)
            masked = unit_cells((level * weights).flatten(0, 1))
            parts[f'map_{number}'] = masked.unflatten(0, masks.shape[:2])
        return ClassRepresentation(parts)

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """All shots, as they are: (N, K, C, h, w) a level."""
        self.require_shots(shots.num_shots)
        return shots

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Compare with each shot, and vote.

        Returns:
            FewShotHeadOutput: Logits at twice the size of the finest levels; of several
            shots at the size of the query's image.
        """
        names = [f'map_{number}' for number in range(len(self.in_index))]
        maps = [representation[name] for name in names]
        logits = [
            self.compare(query.levels, tuple(x[:, shot] for x in maps))
            for shot in range(maps[0].shape[1])
        ]
        if len(logits) == 1 or self.training:
            return FewShotHeadOutput(average_probabilities(logits))
        logits = [self.resize(x, query.image_size) for x in logits]
        return FewShotHeadOutput(vote(logits))

    def compare(self, query: Levels, support: Levels) -> Tensor:
        """Logits (N, 2, 2 h, 2 w) by one support, of levels of :func:`unit_cells`."""
        ends = accumulate(self.num_levels, initial=0)
        stages = [
            hypercorrelations(query[start:end], support[start:end])
            for start, end in pairwise(ends)
        ]
        return self.squeeze(stages)

    def _require_memory(self, supports: SupportFeatures) -> None:
        """Check that the maps of all shots, and of one in between, fit beside them."""
        levels = supports.levels
        kept = sum(level.numel() * level.element_size() for level in levels)
        if kept > _ASK_ABOVE and not torch.compiler.is_compiling():
            number, shots = supports.masks.shape[:2]
            one = kept / (number * shots) / 2**20
            require_memory(
                kept + kept // len(levels),
                levels[0].device,
                f'{type(self).__name__} keeps {one:.1f} MiB of maps of each support: '
                f'{number} x {shots} of them',
            )
