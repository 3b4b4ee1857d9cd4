"""Feature bank: a frozen backbone sees each image once.

Nothing in frozen features depends on the episode, so that images which return, in
another role or another episode, need not be encoded again.

Shape letters: B any batch, C channels, H W image size, h w feature size.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import torch
from torch import Tensor, nn

_NORMS = nn.modules.batchnorm._BatchNorm
_DROPOUTS = nn.modules.dropout._DropoutNd


class FeatureBank:
    """Feature maps by the content of the image.

    Worth having where images return unchanged: at test, where 1,000 episodes are made
    of some hundred images, and in trainings without random augmentation. Images that
    differ by a single value are different images, and so are those of changed weights
    or another autocast; results stay what they are without the bank, but for the order
    of summation where batches differ in size.

    Args:
        max_gib (float): Memory for features on their device, GiB in each process;
            those not used for longest go first. Defaults to 4.

    Examples:
        >>> model = dict(type='DualLossSegmentor', feature_bank=dict(max_gib=4), ...)
    """

    def __init__(self, max_gib: float = 4.0) -> None:
        self.max_bytes, self.num_bytes = int(max_gib * 2**30), 0
        self.kept: OrderedDict[bytes, tuple[Tensor, ...]] = OrderedDict()

    def __call__(self, backbone: nn.Module, images: Tensor) -> tuple[Tensor, ...]:
        """Encode (B, 3, H, W) to (B, C, h, w) a level, known images from memory."""
        context = _context(backbone, images.device.type)
        keys = [_digest(image, context) for image in images]
        missing = {k: i for i, k in enumerate(keys) if k not in self.kept}
        if missing:
            with torch.no_grad():
                levels = backbone(images[list(missing.values())])
            for row, key in enumerate(missing):
                self.kept[key] = tuple(level[row].clone() for level in levels)
                self.num_bytes += _num_bytes(self.kept[key])
        for key in keys:
            self.kept.move_to_end(key)
        found = zip(*(self.kept[key] for key in keys))
        features = tuple(torch.stack(level) for level in found)
        while self.num_bytes > self.max_bytes:
            self.num_bytes -= _num_bytes(self.kept.popitem(last=False)[1])
        return features

    @staticmethod
    def require_frozen(backbone: nn.Module) -> None:
        """Check that the features of an image never change.

        Raises:
            ValueError: If the backbone has anything that is trained or drawn at random
                in training.
        """
        backbone.train()
        random = [m for m in backbone.modules() if isinstance(m, _DROPOUTS) and m.p > 0]
        norms = [m for m in backbone.modules() if isinstance(m, _NORMS)]
        moving = any(m.training for m in (*random, *norms))
        if moving or any(p.requires_grad for p in backbone.parameters()):
            raise ValueError(
                f'feature_bank: {type(backbone).__name__} changes in training; freeze '
                'it, with its batch norms and dropout, or leave the bank out'
            )


def _context(backbone: nn.Module, device: str) -> str:
    """What features depend on beside the image."""
    version = sum(x._version for x in (*backbone.parameters(), *backbone.buffers()))
    autocast = torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device)
    return f'{version} {autocast}'


def _digest(image: Tensor, context: str) -> bytes:
    """A hash of an image's size, type, place and values, and of the context."""
    values = image.detach().cpu().contiguous().view(torch.uint8)
    digest = hashlib.blake2b(values.numpy().tobytes(), digest_size=16)
    what = f'{tuple(image.shape)} {image.dtype} {image.device} {context}'
    digest.update(what.encode())
    return digest.digest()


def _num_bytes(feature: tuple[Tensor, ...]) -> int:
    return sum(level.numel() * level.element_size() for level in feature)
