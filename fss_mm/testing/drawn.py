"""Drawn episodes and an encoder that costs nothing: what checks feed a head with.

Shape letters: N episodes, K shots, B any batch, C channels, H W image size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from torch import Tensor, nn

from ..registry import MODELS
from ..structures import FewShotSegDataSample

_MOST_CHANNELS = 8  # of images: RGB, and what views add


@MODELS.register_module()
class StandInBackbone(nn.Module):
    """Levels of any widths and strides, made of pooled colours by fixed weights.

    Objects that differ in colour differ in features, cells know their own pixels alone,
    and nothing is learned.

    Args:
        channels (Sequence[int]): Of each level.
        strides (Sequence[int] | int): Pixels between the cells of each level. Defaults
            to 8 for all.
        seed (int): Of the weights, which no global generator draws. Defaults to 0.

    Examples:
        >>> backbone = dict(type='StandInBackbone', channels=(6, 8), strides=(8, 16))
    """

    def __init__(
        self, channels: Sequence[int], strides: Sequence[int] | int = 8, seed: int = 0
    ) -> None:
        super().__init__()
        if isinstance(strides, int):
            strides = [strides] * len(channels)
        if len(strides) != len(channels):
            raise ValueError(
                f'channels={tuple(channels)} and strides={tuple(strides)} must have '
                'the same length: one of each for a level'
            )
        self.channels, self.strides = tuple(channels), tuple(strides)
        generator = torch.Generator('cpu').manual_seed(seed)
        for i, width in enumerate(self.channels):
            drawn = torch.randn(
                width, _MOST_CHANNELS, 1, 1, generator=generator, device='cpu'
            )
            self.register_buffer(f'weight{i}', drawn)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode images (B, 1 to 8, H, W): (B, C, h, w) a level, above 0."""
        levels = []
        for i, stride in enumerate(self.strides):
            size = [-(-side // stride) for side in images.shape[-2:]]
            weight = getattr(self, f'weight{i}')[:, : images.shape[1]]
            pooled = F.adaptive_avg_pool2d(images, size)
            levels.append(F.softplus(F.conv2d(pooled, weight)))
        return tuple(levels)


def drawn_inputs(
    n: int = 2,
    k: int = 1,
    size: tuple[int, int] = (65, 65),
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """A batch of episodes: rectangles of a class's colour on another, with noise.

    Args:
        n (int): N. Defaults to 2.
        k (int): K. Defaults to 1.
        size (tuple[int, int]): H and W. Defaults to (65, 65).
        seed (int): What is drawn; no global generator is asked. Defaults to 0.
        dtype (torch.dtype): Of the images. Defaults to single precision.

    Returns:
        dict[str, Tensor]: ``query`` (N, 3, H, W) and ``support`` (N, K, 3, H, W), as if
        normalised; ``support_mask`` (N, K, H, W) and ``query_mask`` (N, H, W), uint8.
    """
    generator = torch.Generator('cpu').manual_seed(seed)
    colours = F.normalize(_normal(generator, n, 3), dim=1)
    height, width = size
    masks = torch.zeros(n, 1 + k, height, width, dtype=torch.uint8, device='cpu')
    for i in range(n):
        for j in range(1 + k):
            place = torch.rand(4, generator=generator, device='cpu').tolist()
            tall, wide = (
                int(side * (0.35 + 0.25 * share))
                for side, share in zip(size, place[:2])
            )
            top, left = int((height - tall) * place[2]), int((width - wide) * place[3])
            masks[i, j, top : top + tall, left : left + wide] = 1
    signs = masks[:, :, None].to(dtype) * 2 - 1
    images = signs * colours[:, None, :, None, None].to(dtype)
    images = images + 0.5 * _normal(generator, n, 1 + k, 3, *size).to(dtype)
    return dict(
        query=images[:, 0],
        support=images[:, 1:],
        query_mask=masks[:, 0],
        support_mask=masks[:, 1:],
    )


def samples_of(inputs: dict[str, Tensor]) -> list[FewShotSegDataSample]:
    """Data samples of :func:`drawn_inputs`, with the queries' truth."""
    size = tuple(inputs['query'].shape[-2:])
    shots = inputs['support'].shape[1]
    samples = []
    for i, mask in enumerate(inputs['query_mask']):
        meta = dict(ori_shape=size, seed=0, number=i, support_set_seed=i, class_id=1)
        keys = dict(
            query_key=f'q{i}', support_keys=tuple(f's{i}.{j}' for j in range(shots))
        )
        sample = FewShotSegDataSample(metainfo=meta | keys)
        sample.gt_sem_seg = PixelData(data=mask[None])
        samples.append(sample)
    return samples


def _normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, device='cpu')
