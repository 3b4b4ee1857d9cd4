"""A-MCG (Hu et al., AAAI 2019): attention-based multi-context guiding.

Shape letters: N episodes, K shots, B any batch, C channels, h w feature size. Levels
come in the order of the encoder: the first is the finest.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import (
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..layers import CLASSIFIER_INIT, ConvLSTM, ResidualAttention
from .few_shot_head import FewShotDecodeHead

A_MCG_INIT = [dict(type='Xavier', layer='Conv2d'), CLASSIFIER_INIT]


@MODELS.register_module()
class AMCGHead(FewShotDecodeHead):
    """A-MCG (Hu et al., AAAI 2019): supports guide at several stages, LSTM over shots.

    *Attention-Based Multi-Context Guiding for Few-Shot Semantic Segmentation*. A third
    branch between those of support and query fuses both at several stages of the
    encoder by 1 x 1 convolutions, each stage taking up the one before, with spatial
    attention on what is fused; a convolutional LSTM with layer norms makes one map of
    the shots.

    **Our reading, and a small one**: there is no code, and the sizes are not published.
    Known of the paper are the parts just named and Xavier's initialisation. Ours are
    the number of channels, the support's mask (its background is taken out of the
    image), a ConvLSTM for each stage, over the supports' maps before they are fused,
    one attention for each stage, the sampling between stages (every second cell) and
    the one convolution that classifies.

    The state of the ConvLSTM depends on the order of the shots.

    Args:
        in_channels (Sequence[int]): As in :class:`FewShotDecodeHead`.
        in_index (Sequence[int]): Likewise: the stages that guide. Defaults to
            (0, 1, 2, 3).
        channels (int): C, channels of every layer (the paper's fusion width). Defaults
            to 128.
        attention (bool): Whether what is fused is weighed. Defaults to True.
        init_cfg (dict): Defaults to Xavier's rule, and a classifier from N(0, 0.01).
        **kwargs: As in :class:`FewShotDecodeHead`.

    Examples:
        >>> decode_head = dict(type='AMCGHead', in_channels=(256, 512, 1024, 2048))
    """

    support_views = ('foreground_only',)
    shots_are_ordered = True
    uses_ignored = 'ignored pixels are taken out of the image, their cells are not'

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1, 2, 3),
        channels: int = 128,
        attention: bool = True,
        init_cfg: dict | list[dict] | None = A_MCG_INIT,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, in_index, init_cfg=init_cfg, **kwargs)
        stages = range(len(self.in_channels))
        # one 1 x 1 convolution over the concatenation of query, support and the stage
        # before is the sum of three: two of them are made once for each image
        self.from_query = self._convolutions(self.in_channels, channels)
        self.from_support = self._convolutions(self.in_channels, channels)
        self.from_state = self._convolutions([channels for _ in stages], channels)
        self.from_fused = self._convolutions([channels for _ in stages[1:]], channels)
        self.over_shots = nn.ModuleList(ConvLSTM(channels) for _ in stages)
        self.attention = nn.ModuleList(
            ResidualAttention(channels) if attention else nn.Identity() for _ in stages
        )
        self.classify = nn.Conv2d(channels, 2, 1)

    @staticmethod
    def _convolutions(in_channels: Sequence[int], channels: int) -> nn.ModuleList:
        return nn.ModuleList(nn.Conv2d(c, channels, 1) for c in in_channels)

    def reduce_levels(self, levels: Levels) -> Levels:
        """The query's share of each stage's fusion, (B, C, h, w) each."""
        return tuple(conv(x) for conv, x in zip(self.from_query, self.scaled(levels)))

    def reduce_view(self, name: str, levels: Sequence[Tensor]) -> Levels:
        """What the ConvLSTMs are shown of a support, (B, C, h, w) each."""
        scaled = self.scaled(self.choose(levels))
        return tuple(F.relu(conv(x)) for conv, x in zip(self.from_support, scaled))

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """The maps of each stage, by its number: (N, K, C, h, w)."""
        levels = supports.views['foreground_only']
        return ClassRepresentation({f'stage_{i}': x for i, x in enumerate(levels)})

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """State of each stage's ConvLSTM behind the last shot: (N, C, h, w).

        Raises:
            ValueError: If there is no shot.
        """
        self.require_shots(shots.num_shots)
        states = {
            f'stage_{i}': lstm(shots[f'stage_{i}'])
            for i, lstm in enumerate(self.over_shots)
        }
        return ClassRepresentation(states)

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Fuse stage by stage: logits of the last stage's size."""
        fused = None
        for i, own in enumerate(query.levels):
            state = self.resize(representation[f'stage_{i}'], own.shape[-2:])
            x = own + self.from_state[i](state)
            if fused is not None:
                x = x + self.from_fused[i - 1](self._sampled(fused, own))
            fused = self.attention[i](F.relu(x))
        return FewShotHeadOutput(self.classify(fused))

    @staticmethod
    def _sampled(x: Tensor, like: Tensor) -> Tensor:
        """Every second cell, (B, C, h, w), where the map of the next stage shrinks.

        A 1 x 1 convolution of stride 2 is one of these.
        """
        stride = -(-x.shape[-1] // like.shape[-1])
        return x[..., ::stride, ::stride]
