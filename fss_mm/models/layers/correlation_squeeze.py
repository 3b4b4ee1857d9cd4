"""HSNet's pyramid: hypercorrelations are squeezed, mixed from coarse to fine, decoded.

Shape letters: N episodes, C channels, p q the query's cells, h w a support's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from .center_pivot_conv4d import CenterPivotConv4d
from .hypercorrelation import resize_query_dims, resize_support_dims


class CorrelationSqueeze(BaseModule):
    """From hypercorrelations of several strides to logits (HSNet section 4.2).

    Each stage is squeezed by three centre-pivot convolutions until a support's cells
    are a few. From the coarsest on, what is known is enlarged to the query's cells of
    the next stage, added to it and mixed by three more. The mean over the support's
    cells is decoded at twice the finest stage's size.

    Where the squeezed support of two stages differs in size (an image of 400 x 400 has
    2 x 2 in all of them) the coarser one is resized as well; the released code fails.

    Args:
        num_levels (Sequence[int]): Levels of each stage, from fine to coarse.
        channels (Sequence[int]): Behind each of the squeezing layers; decoding takes
            the last and the one before it.
        kernel_sizes (Sequence[Sequence[int]]): Of the squeezing layers of each stage.
        support_strides (Sequence[Sequence[int]]): Likewise.
        num_groups (int): Of the group norms behind the 4-D convolutions.

    Raises:
        ValueError: If there is not one kernel and stride for each layer of each stage.
    """

    def __init__(
        self,
        num_levels: Sequence[int],
        channels: Sequence[int],
        kernel_sizes: Sequence[Sequence[int]],
        support_strides: Sequence[Sequence[int]],
        num_groups: int,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        given = dict(kernel_sizes=kernel_sizes, support_strides=support_strides)
        for name, numbers in given.items():
            if [*map(len, numbers)] != [len(channels)] * len(num_levels):
                raise ValueError(
                    f'{name}={numbers}, expected {len(channels)} numbers (one for each '
                    f'of channels={tuple(channels)}) for each of {len(num_levels)} '
                    f'stages (num_levels={tuple(num_levels)})'
                )
        wide, narrow = channels[-1], channels[-2]
        self.squeeze = nn.ModuleList(
            _blocks((number, *channels), kernels, strides, num_groups)
            for number, kernels, strides in zip(
                num_levels, kernel_sizes, support_strides
            )
        )
        self.mix = nn.ModuleList(
            _blocks([wide] * 4, [3] * 3, [1] * 3, num_groups) for _ in num_levels[1:]
        )
        self.decode = nn.Sequential(
            nn.Conv2d(wide, wide, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(wide, narrow, 3, padding=1),
            nn.ReLU(),
        )
        self.classify = nn.Sequential(
            nn.Conv2d(narrow, narrow, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(narrow, 2, 3, padding=1),
        )

    def forward(self, stages: Sequence[Tensor]) -> Tensor:
        """Squeeze, mix and decode.

        Args:
            stages (Sequence[Tensor]): (N, L, p, q, h, w), from fine to coarse.

        Returns:
            Tensor: Logits (N, 2, 2 p, 2 q) of the finest p and q.
        """
        *finer, known = (squeeze(x) for squeeze, x in zip(self.squeeze, stages))
        for stage, mix in zip(reversed(finer), reversed(self.mix)):
            known = resize_query_dims(known, stage.shape[2:4])
            if known.shape[4:] != stage.shape[4:]:
                known = resize_support_dims(known, stage.shape[4:])
            known = mix(known + stage)
        decoded = self.decode(known.mean((4, 5)))
        size = [2 * side for side in decoded.shape[-2:]]
        decoded = F.interpolate(decoded, size, mode='bilinear', align_corners=True)
        return self.classify(decoded)


def _blocks(
    channels: Sequence[int],
    kernel_sizes: Sequence[int],
    support_strides: Sequence[int],
    num_groups: int,
) -> nn.Sequential:
    """Centre-pivot convolutions, each with a group norm and a ReLU."""
    layers: list[nn.Module] = []
    numbers = zip(channels, channels[1:], kernel_sizes, support_strides)
    for given, made, kernel, stride in numbers:
        layers += [
            CenterPivotConv4d(given, made, kernel, stride),
            nn.GroupNorm(num_groups, made),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)
