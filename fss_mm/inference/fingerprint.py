"""What names tensors and a model, so that a class is never used with another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..engine.past_of_weights import WEIGHTS_KEYS

# where weights come from; the weights themselves are looked at
_SOURCES = ('init_cfg', *WEIGHTS_KEYS)


def digest_of(tensors: Mapping[str, Tensor]) -> hashlib._Hash:
    """SHA-256 of names, types, shapes and values, whatever the order."""
    digest = hashlib.sha256()
    for name, value in sorted(tensors.items()):
        digest.update(f'{name} {value.dtype} {tuple(value.shape)} '.encode())
        plain = value.detach().cpu().contiguous().flatten()
        digest.update(plain.view(torch.uint8).numpy().tobytes())  # NumPy lacks bfloat16
    return digest


def fingerprint_of(model: nn.Module, config: Mapping, preparation: object) -> str:
    """Weights, and all that a class depends on besides: SHA-256, in hex.

    It is the same for a config, its copy in a file, and a model folder made of it, and
    whatever refines masks: nothing of a class depends on that.

    Args:
        model (nn.Module): With its weights.
        config (Mapping): What it was built from.
        preparation (object): What is done to images, of plain values.
    """
    digest = digest_of(model.state_dict())
    config = {key: value for key, value in config.items() if key != 'refiner'}
    for part in (config, preparation):
        digest.update(repr(_canonical(part)).encode())
    return digest.hexdigest()


def _canonical(value: object) -> object:
    """The same whatever the order of keys, and whether a sequence is a tuple."""
    if isinstance(value, Mapping):
        kept = [key for key in value if key not in _SOURCES]
        return [(key, _canonical(value[key])) for key in sorted(kept)]
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return value.__name__ if isinstance(value, type) else value
