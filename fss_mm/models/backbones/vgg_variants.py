"""VGG networks as papers of segmentation change them.

Their poolings keep the stride at 8 and their last convolutions are dilated, each paper
in its own way. Weights of torchvision fit all of them: layers keep their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

Pool = Sequence[int] | None


def vgg_layers(network: nn.Module) -> dict[str, str]:
    """Names of VGG's layers as in its paper to those of torchvision's.

    Args:
        network (nn.Module): Any network of torchvision.

    Returns:
        dict[str, str]: Such as ``conv5_3`` to ``features.28`` and ``pool5`` to
        ``features.30`` of a VGG-16; with batch norms ``norm5_3``. Empty for what is no
        VGG.
    """
    from torchvision.models.vgg import VGG

    names: dict[str, str] = {}
    if not isinstance(network, VGG):
        return names
    kinds = dict(Conv2d='conv', BatchNorm2d='norm', ReLU='relu')
    block, conv = 1, 0
    for place, layer in network.features.named_children():
        if isinstance(layer, (nn.MaxPool2d, nn.Identity)):  # or one taken away
            names[f'pool{block}'] = f'features.{place}'
            block, conv = block + 1, 0
            continue
        conv += isinstance(layer, nn.Conv2d)
        names[f'{kinds[type(layer).__name__]}{block}_{conv}'] = f'features.{place}'
    return names


def change_vgg(
    network: nn.Module,
    name: str,
    pools: Sequence[Pool] | None = None,
    dilations: Mapping[str, int] | None = None,
) -> None:
    """Change a VGG's poolings and dilations in place.

    Args:
        network (nn.Module): A VGG of torchvision.
        name (str): Its name, for messages.
        pools (Sequence[Sequence[int] | None], optional): (kernel, stride) of the
            pooling behind each of the five blocks, padded by half an odd kernel; None
            takes it away. Defaults to None: (2, 2) each.
        dilations (Mapping[str, int], optional): Of convolutions, by their names in the
            paper: ``conv5`` is all of the fifth block, ``conv4_3`` one, and goes over
            its block's. Defaults to none.

    Raises:
        ValueError: If it is no VGG, or has no such layer.

    Examples:
        >>> change_vgg(network, 'vgg16', [(3, 2)] * 3 + [(3, 1), None], dict(conv5=2))
    """
    layers = vgg_layers(network)
    if not layers:
        raise ValueError(f'vgg: name={name!r} is no VGG; leave it out, or use vgg16')
    if pools is not None:
        _change_pools(network, layers, pools)
    for wanted, dilation in sorted((dilations or {}).items()):  # blocks come first
        found = [x for x in layers if x == wanted or x.startswith(f'{wanted}_')]
        if not found or not wanted.startswith('conv'):
            known = ', '.join(x for x in layers if x.startswith('conv'))
            raise ValueError(
                f'vgg: {name} has no convolution {wanted!r}; expected a block, such as '
                f'conv5, or one of {known}'
            )
        for one in found:
            layer = network.get_submodule(layers[one])
            layer.dilation = layer.padding = (dilation, dilation)  # kernels are 3


def _change_pools(
    network: nn.Module, layers: Mapping[str, str], pools: Sequence[Pool]
) -> None:
    places = [place for name, place in layers.items() if name.startswith('pool')]
    if len(pools) != len(places):
        raise ValueError(
            f'vgg: pools={list(pools)}, expected {len(places)} entries, one for each '
            'block: (kernel, stride), or None for no pooling'
        )
    for place, pool in zip(places, pools):
        layer: nn.Module = nn.Identity()
        if pool is not None:
            kernel, stride = pool
            layer = nn.MaxPool2d(kernel, stride, (kernel - 1) // 2)
        setattr(network.features, place.removeprefix('features.'), layer)
