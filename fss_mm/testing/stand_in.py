"""Which stand-in an encoder or a head asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ..registry import MODELS

_SIDE = 64  # pixels of the image that an encoder's levels are measured on


def stand_in_of(
    in_channels: Sequence[int] = (),
    in_index: Sequence[int] = (),
    encoder: Mapping | nn.Module | None = None,
) -> dict:
    """Config of a :class:`StandInBackbone` with the same levels.

    Args:
        in_channels (Sequence[int]): Widths that a head takes, at ``in_index``.
        in_index (Sequence[int]): Which levels they are; those between have one channel.
        encoder (dict | nn.Module, optional): An encoder whose levels are measured
            instead. Defaults to None.

    Raises:
        ValueError: If an encoder cannot be measured.
    """
    if encoder is None:
        widths = [1] * (max(in_index, default=0) + 1)
        for place, width in zip(in_index, in_channels):
            widths[place] = width
        return dict(type='StandInBackbone', channels=tuple(widths))
    if isinstance(encoder, Mapping) and 'StandInBackbone' in str(encoder['type']):
        return dict(encoder)
    levels = _measured(encoder)
    return dict(
        type='StandInBackbone',
        channels=tuple(level.shape[1] for level in levels),
        strides=tuple(max(1, round(_SIDE / level.shape[-1])) for level in levels),
    )


def _measured(encoder: Mapping | nn.Module) -> Sequence[Tensor]:
    """Levels of one image, without computing them where that can be had."""
    errors = []
    for device in ('meta', 'cpu'):
        try:
            with torch.device(device), torch.no_grad():
                built = MODELS.build(dict(encoder)) if _is_config(encoder) else encoder
                return _levels(built.to(device), device)
        except Exception as error:  # of any kind: the next device, or all are told
            errors.append(f'{type(error).__name__}: {error}')
    raise ValueError(
        f'the levels of the encoder cannot be measured ({errors[-1]}); give '
        "backbone=dict(type='StandInBackbone', channels=..., strides=...)"
    )


def _levels(encoder: nn.Module, device: str) -> Sequence[Tensor]:
    """By an image of three channels, or of as many as the encoder takes."""
    if hasattr(encoder, 'use_preprocessor'):
        encoder.use_preprocessor(MODELS.build(dict(type='FewShotDataPreProcessor')))
    first = next((p for p in encoder.parameters() if p.ndim == 4), None)
    width = 3 if first is None else first.shape[1]
    return encoder.eval()(torch.zeros(1, width, _SIDE, _SIDE, device=device))


def _is_config(encoder: Mapping | nn.Module) -> bool:
    return not isinstance(encoder, nn.Module)
