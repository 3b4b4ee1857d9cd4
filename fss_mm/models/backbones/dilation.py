"""Keep a convolutional network's features at a chosen stride, by dilation.

Works on the traced graph, so that it needs no knowledge of the network: wherever the
stride would grow beyond the limit, the layer's stride becomes 1 and the layers behind
it are dilated instead (Chen et al., DeepLab). timm has its own dilation, of other
layers; see :mod:`.torchvision_backbone`.
"""

from __future__ import annotations

from torch import fx, nn

_POOLS = (nn.MaxPool2d, nn.AvgPool2d)


def replace_stride_with_dilation(
    network: fx.GraphModule, output_stride: int, dilate_strided: bool = True
) -> None:
    """Change the layers of a traced network in place.

    Args:
        network (fx.GraphModule): The network.
        output_stride (int): Largest stride of any feature map.
        dilate_strided (bool): Whether a convolution that loses its stride takes the
            new dilation itself (CANet, mmseg) or only the layers behind it do
            (torchvision's ``replace_stride_with_dilation``). Defaults to True.

    Raises:
        ValueError: If a layer that would have to be dilated cannot keep its size.
    """
    modules = dict(network.named_modules())
    reached: dict[fx.Node, tuple[int, int]] = {}  # stride and dilation behind a node
    for node in network.graph.nodes:
        place = max((reached[n] for n in node.all_input_nodes), default=(1, 1))
        if node.op == 'call_module':
            # a node may be a block of layers in sequence, which the trace did not enter
            for name, layer in modules[node.target].named_modules(prefix=node.target):
                if isinstance(layer, (nn.Conv2d, *_POOLS)):
                    place = _pass(layer, name, place, output_stride, dilate_strided)
        reached[node] = place


def _pass(
    layer: nn.Module, name: str, place: tuple[int, int], limit: int, strided: bool
) -> tuple[int, int]:
    """Change one layer; stride and dilation in front of it to those behind it."""
    stride, dilation = place
    step = _number(layer.stride, name)
    if stride * step <= limit:
        if dilation > 1:
            _dilate(layer, dilation, step, name)
        return stride * step, dilation
    own = dilation * step if strided and isinstance(layer, nn.Conv2d) else dilation
    _dilate(layer, own, 1, name)
    return stride, dilation * step


def _dilate(layer: nn.Module, dilation: int, stride: int, name: str) -> None:
    """Set stride and dilation, and the padding that keeps the size."""
    kernel, pool = _number(layer.kernel_size, name), isinstance(layer, _POOLS)
    if (pool and dilation > 1) or (not pool and kernel % 2 == 0):
        raise ValueError(
            f'layer {name!r} ({layer}) cannot be dilated; choose a larger '
            'output_stride, or None'
        )
    if pool:
        kernel |= 1  # a window of 2 has no centre; 3 is the usual replacement
        layer.kernel_size, layer.stride, layer.padding = kernel, stride, kernel // 2
        layer.ceil_mode = False
        if isinstance(layer, nn.AvgPool2d):
            layer.count_include_pad = False
    else:
        dilation *= _number(layer.dilation, name)
        padding = dilation * (kernel // 2)
        layer.stride, layer.padding = (stride, stride), (padding, padding)
        layer.dilation = (dilation, dilation)


def _number(value: int | tuple[int, ...], name: str) -> int:
    """The one number of a square kernel, stride or dilation."""
    values = {value} if isinstance(value, int) else set(value)
    if len(values) > 1:
        raise ValueError(f'layer {name!r}: expected equal sides, got {value}')
    return values.pop()
