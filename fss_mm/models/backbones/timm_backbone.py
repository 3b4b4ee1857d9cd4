"""Any network of timm as a backbone.

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...registry import MODELS
from .freezable import FreezableBackbone
from .timm_networks import build_network, describe_levels, keep_levels, load_into


@MODELS.register_module()
class TimmBackbone(FreezableBackbone):
    """Chosen levels of a network of timm, as feature maps.

    Levels are timm's: the stages of a convolutional network or a Swin transformer
    (index 0 may be the stem), the blocks of a plain transformer, whose tokens become a
    map; class and register tokens are left out.

    An image may have any size. Where a network divides it into patches, it is resized
    (bilinear) to the nearest multiple of the patch, at least one, and nothing of it is
    cropped; position embeddings are interpolated. Networks that are made for one size
    alone (BEiT, MaxViT) have their images resized to it.

    Args:
        name (str): As in ``timm.list_pretrained()``, such as
            'vit_small_patch14_dinov2.lvd142m' or 'resnet50.a1_in1k'.
        out_indices (Sequence[int]): The levels, in the order that the head takes them;
            negative ones count from the last. Defaults to (-1,).
        weights (str, optional): 'pretrained': those of the name, from the Hugging Face
            hub. The path of a file: a state dict of the whole network. None: random.
            Read when training starts; a checkpoint that is loaded afterwards replaces
            them. Defaults to 'pretrained'.
        output_stride (int, optional): Largest stride of a feature map, for networks
            that timm can dilate (ResNet, EfficientNet, ConvNeXt and others). Defaults
            to None: the network's own.
        final_norm (bool): Levels go through the norm behind the last block: all of
            them in plain transformers (as DINO's users have it), the last one alone in
            networks of stages, none where there is no such norm. Defaults to True.
        frozen (bool): No parameter is trained. Defaults to True.
        norm_eval (bool): Batch norms keep their running statistics. Defaults to True.
        init_cfg (dict, optional): As in mmengine, with ``weights=None``.

    Attributes:
        out_channels (tuple[int, ...]): C of each level: ``in_channels`` of a head.
        strides (tuple[int, ...]): Pixels between the features of each level.
        pixel_mean (tuple[float, float, float]): That its weights expect, RGB, 0-255.
        pixel_std (tuple[float, float, float]): Likewise.
        weights_licence (str, optional): Of the weights of this name, as timm has it;
            'unknown' where timm does not, None if there are no such weights.

    Returns (forward): tuple of (B, C, h, w).

    Examples:
        >>> backbone = dict(type='TimmBackbone', out_indices=(8, 11),
        ...                 name='vit_small_patch14_dinov2.lvd142m')
        >>> backbone = dict(type='TimmBackbone', name='resnet50.a1_in1k',
        ...                 out_indices=(2, 3), output_stride=8)
    """

    def __init__(
        self,
        name: str,
        out_indices: Sequence[int] = (-1,),
        weights: str | None = 'pretrained',
        output_stride: int | None = None,
        final_norm: bool = True,
        frozen: bool = True,
        norm_eval: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(name, weights, frozen, norm_eval, init_cfg)
        self.final_norm = final_norm
        self.body = build_network(name, output_stride)
        levels = describe_levels(self.body)
        self.out_indices = keep_levels(self.body, out_indices, final_norm, name)
        chosen = [levels[i] for i in self.out_indices]
        channels = 'num_chs_norm' if final_norm else 'num_chs'
        self.out_channels = tuple(i.get(channels, i['num_chs']) for i in chosen)
        self.strides = tuple(level['reduction'] for level in chosen)
        facts = self.body.pretrained_cfg
        self.pixel_mean, self.pixel_std = (
            tuple(round(255 * value, 6) for value in facts[key])
            for key in ('mean', 'std')
        )
        self.weights_licence = _licence(facts)
        self.only_size = _only_size(self.body)
        self.step = _step(self.body, levels, max(self.out_indices))
        if frozen:
            self.requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to a tuple of (B, C, h, w).

        Raises:
            ValueError: If timm's network takes no images of this size.
        """
        size = self.only_size or nearest_size(images.shape[-2:], self.step)
        if size != tuple(images.shape[-2:]):
            images = F.interpolate(images, size, mode='bilinear', antialias=True)
        wanted = sorted(set(self.out_indices))  # timm gives them in this order
        try:
            maps = self.body.forward_intermediates(
                images, indices=wanted, norm=self.final_norm, intermediates_only=True
            )
        except torch.cuda.OutOfMemoryError:  # a RuntimeError, whatever the size
            raise
        except (AssertionError, RuntimeError) as error:
            self._explain(size, error)
            raise
        by_index = dict(zip(wanted, maps))
        return tuple(by_index[i] for i in self.out_indices)

    def load_weights(self, weights: str) -> None:
        """Load timm's own weights, or a file.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the weights are of another network.
            OSError: If they cannot be downloaded.
        """
        load_into(self.body, self.name, weights)

    def _explain(self, size: Sequence[int], error: Exception) -> None:
        """Raise what a user can change, if it is that.

        Networks assert that they have a norm for levels; maps that do not fit together
        are errors about sizes.
        """
        if self.final_norm and isinstance(error, AssertionError):
            if 'norm' in str(error):
                raise ValueError(
                    f'{self.name}: {error}; give final_norm=False'
                ) from error
        most = max(self.strides)
        if 'size' in str(error).lower() and any(side % most for side in size):
            raise ValueError(
                f'{self.name} takes no images of {size[0]} x {size[1]} ({error}); '
                f'resize them to multiples of {most} (Resize in both pipelines)'
            ) from error


def nearest_size(size: Sequence[int], step: int) -> tuple[int, ...]:
    """The multiples of ``step`` nearest to a size, at least one."""
    return tuple(max(1, (side + step // 2) // step) * step for side in size)


def _licence(facts: Mapping[str, Any]) -> str | None:
    exists = facts.get('hf_hub_id') or facts.get('url')
    return facts.get('license') or ('unknown' if exists else None)


def _only_size(network: nn.Module) -> tuple[int, int] | None:
    """Height and width of the images of a network that takes no others."""
    facts = network.pretrained_cfg
    if not facts.get('fixed_input_size') or getattr(network, 'dynamic_img_size', False):
        return None
    return tuple(facts['input_size'][1:])


def _step(network: nn.Module, levels: Sequence[dict], last: int) -> int:
    """What sides of images have to be multiples of, so that nothing is cropped.

    Windows side by side cut off what is left at the border: those of patches, those
    between the stages of ConvNeXt, and those of the poolings of VGG and DenseNet.
    Windows that overlap take images of any size.
    """
    plain = len({level['reduction'] for level in levels}) == 1  # patches, however cut
    if not (plain or any(map(_side_by_side, network.modules()))):
        return 1
    return max(level['reduction'] for level in levels[: last + 1])


def _side_by_side(layer: nn.Module) -> bool:
    if not isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
        return False
    stride, window = _pair(layer.stride), _pair(layer.kernel_size)
    whole = layer.padding not in (0, (0, 0)) or getattr(layer, 'ceil_mode', False)
    return stride[0] > 1 and stride == window and not whole


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)
