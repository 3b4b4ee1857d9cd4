"""Feature bank: a frozen backbone sees each image once.

Nothing in frozen features depends on the episode, so that images which return, in
another role or another episode, need not be encoded again.

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...registry import MODELS


@MODELS.register_module()
class FeatureBankBackbone(BaseModule):
    """Keep a frozen backbone's feature maps, by the content of the image.

    Worth having where images return unchanged: at test, where 1,000 episodes are made
    of some hundred images, and in trainings without random augmentation. Images that
    differ by a single value are different images, so that results stay what they are
    without the bank (but for the order of summation, where batches differ in size).

    Args:
        backbone (dict): A frozen backbone.
        max_gib (float): Memory for features, GiB; those not used for longest go first.
            Defaults to 4.

    Examples:
        >>> backbone = dict(type='FeatureBankBackbone', backbone=dict(
        ...     type='TorchvisionBackbone', name='resnet50',
        ...     out_nodes=('layer2', 'layer3')))

    Raises:
        ValueError: If the backbone is trained, or its batch norms are.
    """

    def __init__(
        self, backbone: dict, max_gib: float = 4.0, init_cfg: dict | None = None
    ) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.max_bytes, self.num_bytes = int(max_gib * 2**30), 0
        self.bank: OrderedDict[bytes, tuple[Tensor, ...]] = OrderedDict()
        self._require_frozen()
        self.register_load_state_dict_post_hook(lambda module, keys: module.clear())

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to (B, C, h, w) a level, known images from memory."""
        keys = [_digest(image) for image in images]
        missing = {k: i for i, k in enumerate(keys) if k not in self.bank}
        if missing:
            with torch.no_grad():
                levels = self.backbone(images[list(missing.values())])
            for row, key in enumerate(missing):
                self._keep(key, tuple(level[row].clone() for level in levels))
        for key in keys:
            self.bank.move_to_end(key)
        kept = zip(*(self.bank[key] for key in keys))
        features = tuple(torch.stack(level) for level in kept)
        while self.num_bytes > self.max_bytes:
            self.num_bytes -= _num_bytes(self.bank.popitem(last=False)[1])
        return features

    def clear(self) -> None:
        """Forget all features, as when the weights change."""
        self.bank.clear()
        self.num_bytes = 0

    def init_weights(self) -> None:
        """Initialise the backbone."""
        super().init_weights()
        self.clear()

    def _keep(self, key: bytes, feature: tuple[Tensor, ...]) -> None:
        self.bank[key] = feature
        self.num_bytes += _num_bytes(feature)

    def _require_frozen(self) -> None:
        self.backbone.train()
        norms = nn.modules.batchnorm._BatchNorm
        moving = any(isinstance(m, norms) and m.training for m in self.modules())
        if moving or any(p.requires_grad for p in self.parameters()):
            raise ValueError(
                f'FeatureBankBackbone: {type(self.backbone).__name__} changes in '
                'training; freeze it, its batch norms too, or leave the bank out'
            )


def _digest(image: Tensor) -> bytes:
    """A hash of an image's size, type and values."""
    values = image.detach().cpu().contiguous()
    digest = hashlib.blake2b(values.numpy().tobytes(), digest_size=16)
    digest.update(f'{tuple(values.shape)} {values.dtype} {image.device}'.encode())
    return digest.digest()


def _num_bytes(feature: tuple[Tensor, ...]) -> int:
    return sum(level.numel() * level.element_size() for level in feature)
