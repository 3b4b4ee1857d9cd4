"""Any convolutional network of torchvision as a backbone.

:class:`~.timm_backbone.TimmBackbone` has more networks and weights. This one stays for
what timm does not have: any node of a network as a level; dilation as in CANet and
mmseg (timm, like torchvision, leaves out the convolution that loses its stride), also
of VGG, whose stride timm cannot change; the ResNet of CANet's code (``style``,
``ceil_mode``) and the VGGs of other papers (``vgg``).

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, fx, nn
from torchvision.models.feature_extraction import create_feature_extractor

from ...registry import MODELS
from .continuation import missing_layer
from .dilation import replace_stride_with_dilation
from .freezable import FreezableBackbone
from .torchvision_networks import build_network, fitted_weights, read_weights
from .vgg_variants import vgg_layers


@MODELS.register_module()
class TorchvisionBackbone(FreezableBackbone):
    """Chosen feature maps of a convolutional network of torchvision, by name.

    Args:
        name (str): As in ``torchvision.models.list_models()``, such as 'resnet50'.
        out_nodes (Sequence[str]): Nodes whose outputs are the levels, in order, such
            as ('layer2', 'layer3');
            ``torchvision.models.feature_extraction.get_graph_node_names`` lists them.
            Layers of a VGG may have their names in its paper: 'conv5_3', 'relu5_3',
            'pool5' (:func:`~.vgg_variants.vgg_layers`).
        weights (str, optional): Name of a set of torchvision's weights ('DEFAULT',
            'IMAGENET1K_V1'), path of a local file with a state dict of the whole
            network, or None: random. Read when training starts; a checkpoint that is
            loaded afterwards replaces them. Defaults to 'IMAGENET1K_V1'.
        output_stride (int, optional): Largest stride of a feature map; strides beyond
            it become dilations, where the network's layers allow it. None leaves the
            network as it is. Defaults to 8.
        dilate_strided (bool): As in :func:`replace_stride_with_dilation`. Defaults to
            True.
        style (str): 'pytorch', or 'caffe' (CANet's code): a bottleneck's stride sits on
            its first 1 x 1 convolution. Defaults to 'pytorch'.
        ceil_mode (bool): Max-poolings round sizes up (CANet's code); the same at odd
            sizes. Defaults to False.
        in_channels (int): Channels of what is encoded: more than 3 for an image with
            annotations. Weights of three channels fit; the others start from their
            mean. Defaults to 3.
        fully_convolutional (bool): Linear layers of AlexNet and VGG become
            convolutions, with the same weights, so that 'classifier.5' is a map.
            Defaults to False.
        padding (int): Pixels of zeros around an image (FCN). Defaults to 0.
        vgg (dict, optional): Poolings and dilations of a VGG: arguments of
            :func:`~.vgg_variants.change_vgg`. Defaults to None: as they are.
        frozen (bool): No parameter is trained. Defaults to True.
        norm_eval (bool): Batch norms keep their running statistics. False, with
            ``frozen``, is what CANet's code does. Defaults to True.

    Returns (forward): tuple of (B, C, h, w); a vector of the image, such as VGG's
    'classifier.6', is a map of one cell.

    Examples:
        >>> backbone = dict(type='TorchvisionBackbone', name='resnet50',
        ...                 out_nodes=('layer2', 'layer3'))
    """

    def __init__(
        self,
        name: str,
        out_nodes: Sequence[str],
        weights: str | None = 'IMAGENET1K_V1',
        output_stride: int | None = 8,
        dilate_strided: bool = True,
        style: str = 'pytorch',
        ceil_mode: bool = False,
        in_channels: int = 3,
        fully_convolutional: bool = False,
        padding: int = 0,
        vgg: dict | None = None,
        frozen: bool = True,
        norm_eval: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(name, weights, frozen, norm_eval, init_cfg)
        self.out_nodes = tuple(out_nodes)
        self.in_channels, self.padding = in_channels, padding
        network = build_network(
            name, style, ceil_mode, in_channels, fully_convolutional, vgg
        )
        self.body = _extractor(network, name, self.out_nodes)
        _keep_levels(self.body)
        if output_stride is not None:
            replace_stride_with_dilation(self.body, output_stride, dilate_strided)
        if frozen:
            self.requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to a tuple of (B, C, h, w).

        Raises:
            ValueError: If the images have another number of channels.
        """
        if images.shape[1] != self.in_channels:
            raise ValueError(
                f'{self.name} was given {images.shape[1]} channels and takes '
                f'{self.in_channels}: a view of the supports that shows their masks '
                'needs support_backbone = dict(in_channels=...) of its own'
            )
        if self.padding:
            images = F.pad(images, [self.padding] * 4)
        features = self.body(images)
        return tuple(_as_map(features[node]) for node in self.out_nodes)

    def require_layers(self, layers: Sequence[str]) -> None:
        """Check that the last of some layers is one of the levels.

        Raises:
            ValueError: If not, with what to do.
        """
        if layers[-1] not in self.out_nodes:
            given = f'out_nodes={self.out_nodes}'
            raise missing_layer(self, layers[-1], given)

    def run_layers(self, x: Tensor, level: int, layers: Sequence[str]) -> Tensor:
        """What the network makes of something in the place of one of its levels.

        Args:
            x (Tensor): (B, C, h, w), in the place of a level.
            level (int): Which one.
            layers (Sequence[str]): Of which the last one's output is wanted. It is one
                of ``out_nodes``.

        Returns:
            Tensor: (B, C', h', w').

        Raises:
            ValueError: If it is not, or needs more than that level.
        """
        self.require_layers(layers)
        nodes = next(n for n in self.body.graph.nodes if n.op == 'output').args[0]
        runner = fx.Interpreter(self.body, garbage_collect_values=False)
        runner.env = {nodes[self.out_nodes[level]]: x}
        for node in self.body.graph.nodes:
            inputs = set(node.all_input_nodes)
            known = node.op == 'output' or node in runner.env
            if inputs and not known and inputs <= runner.env.keys():
                runner.env[node] = runner.run_node(node)
        end = nodes[layers[-1]]
        if end not in runner.env:
            raise ValueError(
                f'{layers[-1]!r} of {self.name} does not follow on level {level} '
                f'alone; choose another masked_level of out_nodes={self.out_nodes}'
            )
        return runner.env[end]

    def __setstate__(self, state: dict) -> None:
        # torchvision's traced networks are copied in training mode, whatever theirs is
        super().__setstate__(state)
        self.train(self.mode)

    def load_weights(self, weights: str) -> None:
        """Load a set of torchvision's weights, or a file.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If there is no such set, or the weights do not fit the network.
            ConnectionError: If they cannot be downloaded.
        """
        state = read_weights(self.name, weights)
        state = fitted_weights(state, self.body.state_dict())
        try:
            missing = self.body.load_state_dict(state, strict=False).missing_keys
        except RuntimeError as error:  # names the sizes that differ
            text = ' '.join(str(error).split())
            raise ValueError(f'weights {weights!r}: {text}') from error
        if missing:
            raise ValueError(
                f'weights {weights!r} do not fit {self.name}: {len(missing)} '
                f'entries are missing, such as {missing[:3]}; give a state dict of '
                f'torchvision.models.{self.name}'
            )


def _as_map(features: Tensor) -> Tensor:
    return features[..., None, None] if features.dim() == 2 else features


def _extractor(
    network: nn.Module, name: str, out_nodes: tuple[str, ...]
) -> fx.GraphModule:
    """The traced network up to the chosen nodes."""
    layers = vgg_layers(network)
    nodes = {layers.get(node, node): node for node in out_nodes}
    try:
        return create_feature_extractor(network, nodes)
    except ValueError as error:
        raise ValueError(
            f'out_nodes={out_nodes} are not nodes of {name}: {error}'
        ) from error


def _keep_levels(network: fx.GraphModule) -> None:
    """Let no layer write into a level, as a ReLU in place does with what it is given.

    Otherwise a node in front of a ReLU, such as 'layer2.0.add' of a ResNet, would be
    what comes behind it.
    """
    for graph in (network.train_graph, network.eval_graph):
        (output,) = (node for node in graph.nodes if node.op == 'output')
        for user in {user for level in output.all_input_nodes for user in level.users}:
            if user.op == 'call_module':
                for layer in network.get_submodule(user.target).modules():
                    if getattr(layer, 'inplace', False):
                        layer.inplace = False
            elif user.kwargs.get('inplace'):
                user.kwargs = user.kwargs | dict(inplace=False)
    network.recompile()
