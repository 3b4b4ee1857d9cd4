"""What a checkpoint says of itself, as text beside the weights of a safetensors file.

A safetensors file holds texts by name. ``meta`` of a checkpoint is one of them, JSON,
in which a tensor of integers is ``{"int64": [...]}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch

_KEY, _TENSOR = 'fss_mm', 'int64'


def to_texts(meta: Mapping[str, Any]) -> dict[str, str]:
    """Plain values and (N,) int64 tensors as the texts of a file.

    Raises:
        TypeError: If a value is of another kind.
    """
    return {'format': 'pt', _KEY: json.dumps(meta, default=_of_tensor)}


def from_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """``meta`` of the texts of a file: all of them, ours as what it says.

    What is malformed stays as it is, and counts as not said
    (:mod:`fss_mm.engine.checkpoint_meta`).
    """
    meta = dict(texts)
    text = meta.pop(_KEY, '{}')
    try:
        own = json.loads(text, object_hook=_to_tensor)
    except (ValueError, RecursionError):
        return meta
    return meta | own if isinstance(own, dict) else meta


def _of_tensor(value: Any) -> dict[str, list[int]]:
    if isinstance(value, torch.Tensor) and value.dtype == torch.int64:
        return {_TENSOR: value.tolist()}
    raise TypeError(f'{type(value).__name__} is no plain value')


def _to_tensor(value: dict) -> Any:
    if value.keys() != {_TENSOR}:
        return value
    try:
        return torch.tensor(value[_TENSOR], dtype=torch.int64)
    except (OverflowError, RuntimeError, TypeError, ValueError):
        return value
