"""Testing at several scales (CRNet section 6).

The paper resizes "to [0.75, 1.25] of the original image size" and leaves open whether
the original size itself counts. Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch.nn.functional as F
from torch import Tensor

# what torch's layers say of an image that is smaller than they can look at
_TOO_SMALL = 'too small', "can't be greater than actual input size"


def check_scales(scales: Sequence[float]) -> tuple[float, ...]:
    """Check factors on the images' sides.

    Raises:
        ValueError: If there is none, or one that is not above 0.
    """
    if not scales or min(scales) <= 0:
        raise ValueError(f'test_scales={tuple(scales)}, expected numbers above 0')
    return tuple(scales)


def resized_inputs(inputs: dict[str, Tensor], scale: float) -> dict[str, Tensor]:
    """Images and masks of a batch, resized by a factor.

    Args:
        inputs (dict[str, Tensor]): Images (..., 3, H, W); masks (..., H, W), whose
            names end in ``_mask``, are resized to the nearest pixel.
        scale (float): Factor on their sides.

    Raises:
        ValueError: If nothing is left of an image.
    """
    if scale == 1:
        return inputs
    resized = {}
    for name, x in inputs.items():
        if name.endswith('_mask'):
            mask = _resize(x.unsqueeze(-3).float(), scale, 'nearest-exact')
            resized[name] = mask.squeeze(-3).to(x.dtype)
        else:
            resized[name] = _resize(x, scale, 'bilinear')
    return resized


@contextmanager
def readable_size_errors(scale: float, scales: Sequence[float]) -> Iterator[None]:
    """Say which scale it is, where a backbone cannot encode what is left of an image.

    Raises:
        ValueError: In place of torch's errors.
    """
    try:
        yield
    except RuntimeError as error:
        if scale == 1 or not any(text in str(error) for text in _TOO_SMALL):
            raise
        raise ValueError(f'{_too_small(scale, scales)} ({error})') from error


def check_levels(
    levels: Sequence[Tensor], scale: float, scales: Sequence[float]
) -> None:
    """Check that a resized image leaves more than a cell.

    Raises:
        ValueError: If a level is a single cell wide: it says nothing of where things
            are.
    """
    if scale != 1 and any(min(level.shape[-2:]) < 2 for level in levels):
        raise ValueError(_too_small(scale, scales))


def _too_small(scale: float, scales: Sequence[float]) -> str:
    return (
        f'scale {scale} of test_scales={tuple(scales)} makes images of which the '
        'backbone leaves nothing or a single cell: use larger scales'
    )


def _resize(images: Tensor, scale: float, mode: str) -> Tensor:
    """Resize (..., C, H, W) by a factor."""
    height, width = images.shape[-2:]
    size = round(height * scale), round(width * scale)
    if min(size) < 1:
        raise ValueError(
            f'scale {scale} leaves nothing of images of {height} x {width} (height x '
            'width): use larger scales'
        )
    flat = images.flatten(0, -4)
    resized = F.interpolate(flat, size, mode=mode, antialias=mode == 'bilinear')
    return resized.unflatten(0, images.shape[:-3])
