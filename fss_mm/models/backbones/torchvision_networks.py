"""torchvision's networks with the variants that papers use, and their weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
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
    in_channels: int = 3,
    fully_convolutional: bool = False,
    vgg: Mapping | None = None,
) -> nn.Module:
    """Make a classification network with random weights.

    Args:
        name (str): As in ``torchvision.models.list_models()``.
        style (str): 'pytorch', or 'caffe': a bottleneck's stride sits on its first
            1 x 1 convolution instead of the 3 x 3. Defaults to 'pytorch'.
        ceil_mode (bool): Max-poolings round sizes up. Defaults to False.
        in_channels (int): Of the first convolution. Defaults to 3.
        fully_convolutional (bool): The linear layers become convolutions
            (:class:`FullyConvolutional`). Defaults to False.
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
    if in_channels != 3:
        _widen_first_convolution(network, in_channels)
    return FullyConvolutional(network, name) if fully_convolutional else network


class FullyConvolutional(nn.Module):
    """A network whose linear layers are convolutions: scores of a place, not an image.

    Long et al., CVPR 2015. Nothing is padded: a map of h x w cells becomes one of
    h - 6 x w - 6 behind the first of VGG's.

    Args:
        network (nn.Module): AlexNet or a VGG of torchvision.
        name (str): Its name, for messages.

    Raises:
        ValueError: If the network is of another kind.
    """

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        pool = getattr(network, 'avgpool', None)
        layers = getattr(network, 'classifier', None)
        side = getattr(pool, 'output_size', (1, 1))[0]
        if side == 1 or not isinstance(layers, nn.Sequential):
            raise ValueError(
                f'fully_convolutional=True: {name} has no linear layers behind a map '
                'of several cells; use vgg16, another VGG or alexnet'
            )
        self.features = network.features
        convolutions = []
        for layer in layers:
            if isinstance(layer, nn.Linear):
                width = layer.in_features // side**2
                layer, side = nn.Conv2d(width, layer.out_features, side), 1
            convolutions.append(layer)
        self.classifier = nn.Sequential(*convolutions)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to (B, classes, h, w)."""
        return self.classifier(self.features(images))


def _widen_first_convolution(network: nn.Module, in_channels: int) -> None:
    name, conv = next(
        (n, m) for n, m in network.named_modules() if isinstance(m, nn.Conv2d)
    )
    sizes = (conv.kernel_size, conv.stride, conv.padding)
    bias = conv.bias is not None
    wider = nn.Conv2d(in_channels, conv.out_channels, *sizes, bias=bias)
    network.set_submodule(name, wider)


def fitted_weights(
    state: Mapping[str, Tensor], own: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Weights of the plain network for its variants; others as they are.

    Channels that the first convolution has beyond red, green and blue start from the
    mean of these three (co-FCN); a linear layer's matrix is a convolution's kernel in
    another shape.

    Args:
        state (Mapping[str, Tensor]): Weights of the plain network.
        own (Mapping[str, Tensor]): State dict of the network they are for.
    """
    fitted = dict(state)
    for name, value in state.items():
        shape = own[name].shape if name in own else value.shape
        if value.dim() == 2 and len(shape) == 4 and value.numel() == shape.numel():
            fitted[name] = value.reshape(shape)
        elif value.dim() == len(shape) == 4 and value.shape[1] == 3 < shape[1]:
            mean = value.mean(1, keepdim=True).expand(-1, shape[1] - 3, -1, -1)
            fitted[name] = torch.cat([value, mean], dim=1)
    return fitted


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
        ) from None
