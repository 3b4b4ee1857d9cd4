"""Where half precision would lose what matters."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor


def at_least_single(x: Tensor) -> Tensor:
    """In single precision, or double where it is double already."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def without_autocast(x: Tensor) -> AbstractContextManager:
    """A context in which operations keep the precision of what they are given.

    Args:
        x (Tensor): On the device that is meant.
    """
    return torch.autocast(x.device.type, enabled=False)
