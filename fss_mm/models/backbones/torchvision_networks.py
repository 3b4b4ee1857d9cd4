"""torchvision's networks with the variants that papers use, and their weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck

from ...utils.checkpoint_files import read_checkpoint, state_dict_of
from ...utils.weights_download import fetch
from .vgg_variants import change_vgg

# whose features are no maps (B, C, h, w), or not at any size
_TRANSFORMERS = ('maxvit', 'swin', 'vit_')


def build_network(
    name: str,
    style: str = 'pytorch',
    ceil_mode: bool = False,
    vgg: Mapping | None = None,
) -> nn.Module:
    """Make a classification network with random weights.

    Args:
        name (str): As in ``torchvision.models.list_models()``.
        style (str): 'pytorch', or 'caffe': a bottleneck's stride sits on its first
            1 x 1 convolution instead of the 3 x 3. Defaults to 'pytorch'.
        ceil_mode (bool): Max-poolings round sizes up. Defaults to False.
        vgg (Mapping, optional): Poolings and dilations of a VGG: arguments of
            :func:`~.vgg_variants.change_vgg`. Defaults to None: as they are.

    Raises:
        ValueError: If there is no such network, if it is a transformer, or if it has
            no such variant.
    """
    if name not in torchvision.models.list_models(module=torchvision.models):
        raise ValueError(
            f'name={name!r} is not a classification network of torchvision '
            f'{torchvision.__version__}; see torchvision.models.list_models()'
        )
    if style not in ('pytorch', 'caffe'):
        raise ValueError(f"style={style!r}, expected 'pytorch' or 'caffe'")
    if name.startswith(_TRANSFORMERS):
        raise ValueError(
            f"name={name!r} is a transformer: use type='TimmBackbone', which makes "
            "maps of tokens; timm.list_pretrained('vit_*') lists names"
        )
    network = torchvision.models.get_model(name, weights=None)
    if style == 'caffe':
        _move_strides(network, name)
    if vgg is not None:
        change_vgg(network, name, **vgg)
    if ceil_mode:
        for module in network.modules():
            if isinstance(module, nn.MaxPool2d):
                module.ceil_mode = True
    return network


def _move_strides(network: nn.Module, name: str) -> None:
    blocks = [m for m in network.modules() if isinstance(m, Bottleneck)]
    if not blocks:
        raise ValueError(
            f"style='caffe': {name} has no bottleneck blocks; use a deeper ResNet"
        )
    for block in blocks:
        block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride


def read_weights(name: str, weights: str) -> Mapping[str, Tensor]:
    """State dict of a network's weights.

    Args:
        name (str): The network's name.
        weights (str): Name of a set of torchvision's weights, or path of a file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such set of weights.
        ConnectionError: If they cannot be downloaded.
    """
    if os.sep in weights or weights.endswith(('.pth', '.pt', '.safetensors')):
        return state_dict_of(read_checkpoint(weights))
    return _download(name, weights)


def _download(name: str, weights: str) -> Mapping[str, Tensor]:
    choices = torchvision.models.get_model_weights(name).__members__
    if weights not in choices:
        raise ValueError(
            f'weights={weights!r}, expected None, the path of a .pth file, or one of '
            f'{sorted(choices)}'
        )
    entry = choices[weights]
    try:
        return state_dict_of(read_checkpoint(fetch(entry.url)))
    except OSError as error:  # urllib's errors are OSErrors
        raise ConnectionError(
            f'cannot download {entry} from {entry.url}: {error}. Download it where '
            'there is a network and add --cfg-options '
            'model.backbone.weights=path/to/file.pth (weights=None starts from random '
            'ones, which frozen=True would never train)'
        ) from error
