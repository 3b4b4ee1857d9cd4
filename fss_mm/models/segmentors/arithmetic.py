"""In which precision and layout a model computes."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps

import torch
from mmengine.logging import print_log
from torch import nn

PRECISIONS = dict(bfloat16=torch.bfloat16, float16=torch.float16)


def in_own_precision(method: Callable) -> Callable:
    """Let a method of a model run in the model's precision, whoever calls it."""

    @wraps(method)
    def run(self, *args, **kwargs):
        with self.autocast():
            return method(self, *args, **kwargs)

    return run


class Arithmetic:
    """Precision, memory layout and compilation, for test and training alike.

    Weights stay in single precision. Attention maps, prototypes and softmax are
    computed in single precision whatever is chosen here.

    Args:
        precision (str): 'float32', 'bfloat16' (CPU and GPU), or 'float16' (GPU; train
            with ``--amp float16``, which scales the loss). Defaults to 'float32'.
        channels_last (bool): Keep the channels of a pixel together in memory, which
            convolutions in half precision like. Defaults to False.
        compile_backbone (bool): Translate the backbone by ``torch.compile``. Without a
            C++ compiler a warning says that it is not. Defaults to False.

    Raises:
        ValueError: If there is no such precision.
    """

    def __init__(
        self,
        precision: str = 'float32',
        channels_last: bool = False,
        compile_backbone: bool = False,
    ) -> None:
        if precision not in ('float32', *PRECISIONS):
            raise ValueError(
                f"precision={precision!r}, expected 'float32', 'bfloat16' or 'float16'"
            )
        self.precision = precision
        self.channels_last, self.compile_backbone = channels_last, compile_backbone

    def prepare(self, model: nn.Module) -> None:
        """Lay out and translate a model's modules, in place."""
        if self.channels_last:
            model.to(memory_format=torch.channels_last)
        if not self.compile_backbone:
            return
        if not any(map(shutil.which, ('c++', 'g++', 'clang++', 'cl'))):
            print_log(
                'compile_backbone: there is no C++ compiler on the path; the backbone '
                'runs as it is',
                'current',
                logging.WARNING,
            )
            return
        model.backbone.compile()

    def lay_out(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, C, H, W) in the chosen layout."""
        if self.channels_last:
            return images.contiguous(memory_format=torch.channels_last)
        return images

    def autocast(self, device: torch.device) -> AbstractContextManager:
        """The context that a model runs in.

        Raises:
            ValueError: For float16 on a CPU.
        """
        if self.precision == 'float32':
            return nullcontext()
        if self.precision == 'float16' and device.type == 'cpu':
            raise ValueError(
                "precision='float16' needs a GPU; 'bfloat16' is for CPUs as well"
            )
        return torch.autocast(device.type, PRECISIONS[self.precision])
