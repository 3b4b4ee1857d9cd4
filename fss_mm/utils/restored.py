"""Train a module for a while, and have it back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def restored(module: nn.Module) -> Iterator[None]:
    """Whatever happens to a module inside the block, it is as before behind it.

    Parameters, buffers (also those that no checkpoint holds, or that are replaced by
    others), gradients and modes.
    """
    places = [
        (place, name, tensor, tensor.detach().clone(), tensor.grad)
        for child in module.modules()
        for place in (child._parameters, child._buffers)
        for name, tensor in place.items()
        if tensor is not None
    ]
    modes = [(child, child.training) for child in module.modules()]
    module.zero_grad()  # lets go of the gradients; their tensors are kept above
    try:
        yield
    finally:
        for place, name, tensor, value, grad in places:
            with torch.no_grad():
                tensor.copy_(value)
            tensor.grad = grad
            place[name] = tensor
        for child, mode in modes:
            child.training = mode
