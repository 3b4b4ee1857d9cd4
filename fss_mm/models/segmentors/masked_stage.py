"""The view of supports that a prior mask is made of.

Shape letters: B any batch, C channels, H W mask size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...structures import Levels
from ..backbones.continuation import require_layers, run_layers
from ..layers import downsample_label


@torch.no_grad()
def masked_stage(
    backbone: nn.Module,
    levels: Levels,
    masks: Tensor,
    level: int = -1,
    masked_level: int = -2,
    layers: Sequence[str] = ('layer4',),
    **resampling,
) -> Levels:
    """The last layers of a backbone, run on features without background (PFENet).

    What comes out is masked once more, as in PFENet's code. There is no gradient.

    Args:
        backbone (nn.Module): Encoder of the supports.
        levels (tuple[Tensor]): Of the plain images, (B, C, h, w).
        masks (Tensor): (B, H, W): 0, 1 or 255. Ignored pixels are background here.
        level (int): The level that is made. Defaults to -1.
        masked_level (int): The level that is masked. Defaults to -2.
        layers (Sequence[str]): Between the two, as in
            :class:`~fss_mm.models.layers.PriorMask`.
        **resampling: As in :func:`~fss_mm.models.layers.downsample_label`.

    Returns:
        tuple[Tensor]: One level, (B, C, h, w) as ``level`` is.

    Raises:
        ValueError: If the backbone has no such levels or layers, or if these do not
            lead from the one to the other.
    """
    count = len(levels)
    if not all(-count <= i < count for i in (level, masked_level)):
        raise ValueError(
            f'prior: level={level} and masked_level={masked_level}, but '
            f'{type(backbone).__name__} gives {count} levels; let it give the level '
            f'behind {tuple(layers)} and the one in front of it'
        )
    x = levels[masked_level]
    x = run_layers(backbone, x * _weights(masks, x, resampling), masked_level, layers)
    if x.shape[1:] != levels[level].shape[1:]:
        raise ValueError(
            f'prior: layers={tuple(layers)} make {tuple(x.shape[1:])} (C, h, w) of '
            f'level {masked_level}, and level {level} of {type(backbone).__name__} is '
            f'{tuple(levels[level].shape[1:])}; let the backbone give the level '
            'behind them'
        )
    return (x * _weights(masks, x, resampling),)


def check_masked_stage(
    backbone: nn.Module, layers: Sequence[str] = ('layer4',), **options
) -> None:
    """Check that a backbone has the layers.

    Raises:
        ValueError: If not, with what to do.
    """
    require_layers(backbone, layers)


def _weights(masks: Tensor, feat: Tensor, resampling: dict) -> Tensor:
    weights = downsample_label(masks, 1, tuple(feat.shape[-2:]), **resampling)
    return weights.to(feat.dtype)
