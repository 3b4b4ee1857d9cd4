"""Any convolutional classification network of torchvision as a backbone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import torch
import torchvision
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor, fx
from torchvision.models.feature_extraction import create_feature_extractor

from ...registry import MODELS
from .dilation import replace_stride_with_dilation


@MODELS.register_module()
class TorchvisionBackbone(BaseModule):
    """Chosen feature maps of a torchvision network, by name.

    Args:
        name (str): As in ``torchvision.models.list_models()``, such as 'resnet50'.
        out_nodes (Sequence[str]): Nodes whose outputs are the levels, in order, such
            as ('layer2', 'layer3');
            ``torchvision.models.feature_extraction.get_graph_node_names`` lists them.
        weights (str, optional): Name of a set of torchvision's weights ('DEFAULT',
            'IMAGENET1K_V1'), path of a local file with a state dict of the whole
            network, or None: random. Read when training starts; a checkpoint that is
            loaded afterwards replaces them. Defaults to 'IMAGENET1K_V1'.
        output_stride (int, optional): Largest stride of a feature map; strides beyond
            it become dilations, where the network's layers allow it. None leaves the
            network as it is. Defaults to 8.
        dilate_strided (bool): As in :func:`replace_stride_with_dilation`. Defaults to
            True.
        frozen (bool): No parameter is trained. Defaults to True.
        norm_eval (bool): Batch norms keep their running statistics. False, with
            ``frozen``, is what CANet's code does. Defaults to True.

    Returns (forward): tuple of (B, C, h, w).

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
        frozen: bool = True,
        norm_eval: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if name not in torchvision.models.list_models(module=torchvision.models):
            raise ValueError(
                f'name={name!r} is not a classification network of torchvision '
                f'{torchvision.__version__}; see torchvision.models.list_models()'
            )
        self.name, self.weights = name, weights
        self.out_nodes = tuple(out_nodes)
        self.frozen, self.norm_eval = frozen, norm_eval
        self.body = _extractor(name, self.out_nodes)
        if output_stride is not None:
            replace_stride_with_dilation(self.body, output_stride, dilate_strided)
        if frozen:
            self.requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to a tuple of (B, C, h, w)."""
        features = self.body(images)
        return tuple(features[node] for node in self.out_nodes)

    def train(self, mode: bool = True) -> TorchvisionBackbone:
        """Set the mode: a frozen network stays in eval mode, as do its batch norms."""
        super().train(mode and not self.frozen)
        for module in self.body.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.train(mode and not self.norm_eval)
        return self

    def init_weights(self) -> None:
        """Load the weights.

        Raises:
            ValueError: If the weights do not fit the network.
            RuntimeError: If they cannot be downloaded.
        """
        if self.weights is None:
            return super().init_weights()
        state = _read_weights(self.name, self.weights)
        try:
            missing = self.body.load_state_dict(state, strict=False).missing_keys
        except RuntimeError as error:  # names the sizes that differ
            raise ValueError(f'weights {self.weights!r}: {error}') from error
        if missing:
            raise ValueError(
                f'weights {self.weights!r} do not fit {self.name}: {len(missing)} '
                f'entries are missing, such as {missing[:3]}; give a state dict of '
                f'torchvision.models.{self.name}'
            )
        self._is_init = True
        print_log(f'Loaded {self.weights} into {self.name}', logger='current')


def _extractor(name: str, out_nodes: tuple[str, ...]) -> fx.GraphModule:
    """The traced network up to the chosen nodes."""
    network = torchvision.models.get_model(name, weights=None)
    try:
        return create_feature_extractor(network, list(out_nodes))
    except ValueError as error:
        raise ValueError(
            f'out_nodes={out_nodes} are not nodes of {name}: {error}'
        ) from error


def _read_weights(name: str, weights: str) -> dict[str, Tensor]:
    if os.sep in weights or weights.endswith(('.pth', '.pt')):
        if not Path(weights).is_file():
            raise FileNotFoundError(f'weights file {weights!r} does not exist')
        state = torch.load(weights, map_location='cpu', weights_only=True)
        return state.get('state_dict', state)
    choices = torchvision.models.get_model_weights(name).__members__
    if weights not in choices:
        raise ValueError(
            f'weights={weights!r}, expected None, the path of a .pth file, or one of '
            f'{sorted(choices)}'
        )
    entry = choices[weights]
    try:
        return entry.get_state_dict(progress=True, check_hash=True)
    except OSError as error:  # urllib's errors are OSErrors
        raise RuntimeError(
            f'cannot download {entry} from {entry.url}: {error}. Download it where '
            "there is a network and give weights='path/to/file.pth', or use "
            'weights=None to start from random weights'
        ) from error
