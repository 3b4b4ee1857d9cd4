"""Where half precision would lose what matters."""

from __future__ import annotations

import torch
from torch import Tensor


def at_least_single(x: Tensor) -> Tensor:
    """In single precision, or double where it is double already."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
