"""Feature levels of a backbone: chosen, scaled, concatenated.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...structures import Levels
from .cell_matching import unit_vectors


def chosen_levels(
    levels: Sequence[Tensor], in_index: tuple[int, ...], in_channels: tuple[int, ...]
) -> Levels:
    """The levels of ``in_index``, (B, C, h, w) each.

    Args:
        levels (Sequence[Tensor]): All that the backbone gives.
        in_index (tuple[int, ...]): Which of them to take.
        in_channels (tuple[int, ...]): C of each that is taken.

    Raises:
        ValueError: If there is no such level, or one has other channels.
    """
    given = tuple(level.shape[1] for level in levels)
    if max(in_index) >= len(given):
        raise ValueError(
            f'in_index={in_index}, but the backbone gives {len(given)} levels, '
            'numbered from 0'
        )
    chosen = tuple(given[i] for i in in_index)
    if chosen != in_channels:
        raise ValueError(
            f'in_channels={in_channels}, but levels {in_index} of the backbone have '
            f'{chosen} channels (all levels: {given})'
        )
    return tuple(levels[i] for i in in_index)


def joined_levels(levels: Levels, unit: bool = False) -> Tensor:
    """Concatenate levels (B, C, h, w) of one size: (B, all C, h, w).

    Args:
        levels (tuple[Tensor]): Of one size.
        unit (bool): First give all levels one length in each cell, such that the mean
            square over the concatenated channels is 1. Defaults to False.

    Raises:
        ValueError: If they differ in size.
    """
    sizes = [tuple(level.shape[-2:]) for level in levels]  # symbols when exported
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f'levels have sizes {sorted(set(sizes))} and cannot be concatenated; '
            'choose levels of one stride or set output_stride'
        )
    if not unit:
        return torch.cat(levels, dim=1)
    joined = torch.cat([unit_vectors(x).to(x.dtype) for x in levels], dim=1)
    return joined * (joined.shape[1] / len(levels)) ** 0.5


def unit_levels(levels: Levels) -> Levels:
    """Levels (B, C, h, w), each with a mean square of 1 over the channels of a cell."""
    return tuple(unit_vectors(x).to(x.dtype) * x.shape[1] ** 0.5 for x in levels)
