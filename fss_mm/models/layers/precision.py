"""Where half precision would lose what matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import torch
from torch import Tensor


def at_least_single(x: Tensor) -> Tensor:
    """In single precision, or double where it is double already."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def without_autocast(function: Callable) -> Callable:
    """Let a function of tensors compute its products in their own precision."""

    @wraps(function)
    def run(first: Tensor, *args, **kwargs):
        with torch.autocast(first.device.type, enabled=False):
            return function(first, *args, **kwargs)

    return run
