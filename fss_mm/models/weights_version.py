"""Whether the weights of a module are still those that they were."""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.compiler.disable
@torch.no_grad()
def version_of(module: nn.Module) -> int:
    """A number that changes with the weights and buffers, and is soon had.

    torch counts what is written into a tensor, but neither what is written into its
    ``.data``, as mmengine's EMAHook does, nor into tensors made in inference mode. The
    norms tell that apart.

    Args:
        module (nn.Module): Any.
    """
    tensors = [*module.parameters(), *module.buffers()]
    norms = [torch.linalg.vector_norm(x.float()) for x in tensors]
    norms = torch.stack(norms).tolist() if norms else []
    return hash((*norms, *((id(x), _times_written(x)) for x in tensors)))


def _times_written(x: Tensor) -> int:
    """Of tensors made in inference mode nobody counts it."""
    return 0 if x.is_inference() else x._version
