"""A file of ONNX: written whole, described in itself, compared with its module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.utils import _pytree as pytree

from ..utils.extras import require
from ..utils.files import write_atomically
from ..version import __version__

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession

TOLERANCE = 1e-4
"""Largest difference from PyTorch that an exported file may show, as a share of the
largest value of an output, or of 1 where all are smaller."""
_LARGEST = 2**31 - 1  # of a message of protobuf


@dataclass(frozen=True)
class ExportedFile:
    """What was written, and what it was made of.

    Args:
        path (Path): The file.
        stage (nn.Module): The module that it is the graph of.
        inputs (tuple[str, ...]): Names, in the order of the module's arguments.
        outputs (tuple[str, ...]): Likewise.
        sample (tuple): Arguments to try it with.
    """

    path: Path
    stage: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sample: tuple

    def session(self, threads: int = 0) -> InferenceSession:
        """onnxruntime's, on the CPU.

        Args:
            threads (int): How many. Defaults to 0: one a core.

        Raises:
            ImportError: If onnxruntime is not installed.
        """
        require('onnxruntime', 'export')
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return onnxruntime.InferenceSession(
            self.path, options, providers=['CPUExecutionProvider']
        )

    def arrays(self, *arguments) -> dict[str, np.ndarray]:
        """Arguments of the module as inputs of the file."""
        leaves = pytree.tree_leaves(arguments)
        return {name: x.detach().numpy() for name, x in zip(self.inputs, leaves)}

    def differences(self, *arguments) -> dict[str, float]:
        """Largest differences between onnxruntime and PyTorch on the CPU, by output.

        As :data:`TOLERANCE` counts them.

        Args:
            *arguments: Of the module. Defaults to the sample.

        Raises:
            ImportError: If onnxruntime is not installed.
        """
        arguments = arguments or self.sample
        found = self.session().run(list(self.outputs), self.arrays(*arguments))
        with torch.no_grad():
            expected = pytree.tree_leaves(self.stage(*arguments))
        pairs = zip(self.outputs, found, expected)
        return {name: _difference(a, b.numpy()) for name, a, b in pairs}

    def check(self, *arguments) -> dict[str, float]:
        """The same, refused where numbers differ by more than :data:`TOLERANCE`.

        Labels of masks are not compared: where two classes are equally likely a
        rounding decides.

        Raises:
            ValueError: If they do.
        """
        found = self.differences(*arguments)
        largest = max(v for name, v in found.items() if name != 'mask')
        if not largest <= TOLERANCE:  # also NaN
            raise ValueError(
                f'{str(self.path)!r} differs from PyTorch by {largest:.2g}, expected '
                f'at most {TOLERANCE:g}; do not use it, and report the model'
            )
        return found


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, as :data:`TOLERANCE` counts it."""
    if found.shape != expected.shape:
        raise ValueError(
            f'onnxruntime gives {found.shape}, and PyTorch {expected.shape}'
        )
    largest = np.abs(found.astype(np.float64) - expected).max()
    return float(largest / max(1.0, np.abs(expected).max()))


def onnx_path(path: str | Path) -> Path:
    """A file's path, with its ``~`` read.

    Raises:
        ValueError: If its name does not end in ``.onnx``.
    """
    path = Path(path).expanduser()
    if path.suffix != '.onnx':
        raise ValueError(f'{str(path)!r}, expected a name that ends in .onnx')
    return path


def refuse_existing(paths: Sequence[Path], overwrite: bool) -> None:
    """Check that no file would be lost.

    Raises:
        FileExistsError: If one is there and is not to be overwritten.
    """
    there = [str(path) for path in paths if path.exists()]
    if there and not overwrite:
        raise FileExistsError(
            f'{", ".join(map(repr, there))} exists; choose another name, or overwrite '
            'it (--force, overwrite=True)'
        )


def write_model(model: ModelProto, path: Path, facts: Mapping[str, str]) -> None:
    """Write a graph with facts about it, whole or not at all.

    Args:
        model (ModelProto): The graph.
        path (Path): The file; its folder is made.
        facts (Mapping[str, str]): Kept as the file's metadata.

    Raises:
        OSError: If it cannot be written.
        ValueError: If it is too large for one file.
    """
    from onnx.helper import set_model_props

    model.producer_name, model.producer_version = 'fss_mm', __version__
    set_model_props(model, dict(facts))
    if model.ByteSize() > _LARGEST:
        raise ValueError(
            f'the graph takes {model.ByteSize() / 2**30:.1f} GiB, and a file of ONNX '
            'holds 2; choose a smaller backbone'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda file: file.write(model.SerializeToString()))
