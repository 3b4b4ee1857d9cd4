"""Random images and classes, to trace a model with and to try it.

Shape letters: N images or classes, H W image size.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..models import FewShotSegmentor
from ..structures import ClassRepresentation

Size = tuple[int, int]


def sample_images(count: int, size: Size) -> Tensor:
    """Random images: (N, H, W, 3), uint8.

    Args:
        count (int): N.
        size (tuple[int, int]): (H, W).
    """
    generator = torch.Generator().manual_seed(count)
    shape = (count, *size, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


@torch.no_grad()
def sample_class(
    segmentor: FewShotSegmentor, count: int, shots: int, size: Size
) -> ClassRepresentation:
    """N classes from random supports, for the shapes of what is kept of them.

    Args:
        segmentor (FewShotSegmentor): In eval mode.
        count (int): N.
        shots (int): Supports of each.
        size (tuple[int, int]): (H, W) of the supports.
    """
    images = sample_images(count * shots, size).permute(0, 3, 1, 2)
    masks = torch.zeros(count, shots, *size, dtype=torch.uint8)
    masks[..., : size[0] // 2, :] = 1
    images = segmentor.data_preprocessor.normalize(images).unflatten(0, (count, shots))
    supports = segmentor.encode_supports(images, masks)
    head = segmentor.decode_head  # what fine-tuning would change has the same shapes
    return segmentor.merge_shots(head.represent_shots(head.reduce_supports(supports)))
