"""Feature bank: a frozen backbone sees each image of a training once.

Nothing in frozen features depends on the episode. In trainings without random
augmentation images return unchanged, under a name, and need not be encoded again.

Shape letters: B any batch, C channels, h w feature size.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from itertools import count, repeat, takewhile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..structures import Levels
from ..utils.files import write_atomically
from .weights_version import version_of

_STATES = 'training', 'mode', '_is_init'  # of a module, not settings
_NORMS = nn.modules.batchnorm._BatchNorm
_DROPOUTS = nn.modules.dropout._DropoutNd


class FeatureBank:
    """Feature maps by the name of the image, in memory or on a disk.

    An image's name says which pipeline made its pixels; where a pipeline draws at
    random there is none, and the bank refuses. Features of other weights have other
    places on the disk, so that one folder can serve many trainings.

    Args:
        max_gib (float): Memory for features on their device, GiB in each process;
            those not used for longest go first. Not for a disk. Defaults to 4.
        folder (str, optional): Keep them there as arrays that are mapped into memory,
            for this training and the next. Defaults to None: in memory.
        half (bool): Keep them in half precision, in half the space; the maximum of a
            float16 is 65,504. Defaults to False.

    Examples:
        >>> model = dict(type='DualLossSegmentor', feature_bank=dict(max_gib=4), ...)
    """

    def __init__(
        self, max_gib: float = 4.0, folder: str | None = None, half: bool = False
    ) -> None:
        self.max_bytes, self.num_bytes = int(max_gib * 2**30), 0
        self.folder, self.half = folder and Path(folder), half
        self.kept: OrderedDict[str, Levels] = OrderedDict()
        self._backbones: dict[int, str] = {}  # digest by version

    def __call__(
        self,
        backbone: nn.Module,
        images: Tensor,
        keys: Sequence[str | None],
        pixels: str = '',
    ) -> Levels:
        """Encode (B, 3, H, W) to (B, C, h, w) a level, known images from the bank.

        Args:
            backbone (nn.Module): Frozen.
            images (Tensor): (B, 3, H, W).
            keys (Sequence[str]): B names.
            pixels (str): How the images were made of what the names stand for.
                Defaults to ''.

        Raises:
            ValueError: If an image has no name.
        """
        if None in keys:
            raise ValueError(
                'feature_bank: a pipeline of the training draws at random, so that '
                'images never return; take the random transforms out of query_pipeline '
                'and support_pipeline, or leave the bank out'
            )
        context = f'{self._context(backbone, images.device.type)} {pixels}'
        names = [f'{key} {context}' for key in keys]
        found = {name: self._find(name) for name in dict.fromkeys(names)}
        missing = {n: names.index(n) for n, levels in found.items() if levels is None}
        if missing:
            with torch.no_grad():
                levels = backbone(images[list(missing.values())])
            for row, name in enumerate(missing):
                found[name] = self._keep(name, tuple(level[row] for level in levels))
        chosen = zip(*(found[name] for name in names))
        dtype = torch.float32 if self.half else None
        return tuple(
            torch.stack([x.to(images.device, dtype) for x in level]) for level in chosen
        )

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

    def _find(self, name: str) -> Levels | None:
        if self.folder is not None:
            files = takewhile(Path.is_file, map(self._file, repeat(name), count()))
            arrays = [np.load(file, mmap_mode='c') for file in files]
            return tuple(map(torch.from_numpy, arrays)) or None
        if name in self.kept:
            self.kept.move_to_end(name)
        return self.kept.get(name)

    def _keep(self, name: str, levels: Levels) -> Levels:
        """Keep levels as the bank has them; they come back so."""
        dtype = torch.float16 if self.half else None
        levels = tuple(level.to(dtype or level.dtype, copy=True) for level in levels)
        if self.folder is not None:  # NumPy has no bfloat16
            bfloat = torch.bfloat16
            levels = tuple(x.float() if x.dtype == bfloat else x for x in levels)
            self._write(name, levels)
            return levels
        self.kept[name] = levels
        self.num_bytes += _num_bytes(levels)
        while self.num_bytes > self.max_bytes:
            self.num_bytes -= _num_bytes(self.kept.popitem(last=False)[1])
        return levels

    def _write(self, name: str, levels: Levels) -> None:
        """An array for each level, the last one first: it is whole when 0 is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for i, level in reversed(list(enumerate(levels))):
            path = self._file(name, i)
            array = level.cpu().contiguous().numpy()
            write_atomically(path, lambda file, array=array: np.save(file, array))

    def _file(self, name: str, level: int) -> Path:
        return self.folder / f'{_digest(name)}.{level}.npy'

    def _context(self, backbone: nn.Module, device: str) -> str:
        """What features depend on beside the image."""
        version = version_of(backbone)
        if version not in self._backbones:
            self._backbones[version] = _digest_of(backbone)
        autocast = torch.is_autocast_enabled(device)
        dtype = autocast and torch.get_autocast_dtype(device)
        return f'{self._backbones[version]} {dtype} {self.half}'


def _digest_of(backbone: nn.Module) -> str:
    """A hash of layers, settings and weights."""
    settings = {name: _settings(module) for name, module in backbone.named_modules()}
    digest = hashlib.blake2b(f'{backbone} {settings}'.encode(), digest_size=16)
    for name, x in (*backbone.named_parameters(), *backbone.named_buffers()):
        digest.update(name.encode() + _bytes(x.detach().cpu()))
    return digest.hexdigest()


def _settings(module: nn.Module) -> dict[str, object]:
    """What a module was built with, as far as it is plain; also that of a wrapped one.

    What changes while it is used is none of it.
    """
    plain = (str, int, float, bool, tuple, type(None))
    found = {k: v for k, v in vars(module).items() if isinstance(v, plain)}
    return {k: v for k, v in found.items() if k not in _STATES}


def _bytes(x: Tensor) -> bytes:
    """Of any dtype, also those that NumPy lacks."""
    return x.contiguous().view(-1).view(torch.uint8).numpy().tobytes()


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _num_bytes(levels: Levels) -> int:
    return sum(level.numel() * level.element_size() for level in levels)
