"""A module of tensors to a graph of ONNX, by torch's exporter."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ..utils.extras import require

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 18
"""Version of ONNX's operators that is written, unless another one is asked for."""
# the first with antialiased resizing, and the last that torch can write
OPSETS = range(18, 24)
_LOGGERS = ('torch.onnx', 'onnxscript', 'onnx_ir')
_TORCH = (2, 9)  # the first whose exporter is the one by torch.export


def require_exporter(opset: int) -> None:
    """Check that there is an exporter, and that it knows the operators' version.

    Raises:
        ImportError: If a package is missing or too old, with what to install.
        ValueError: If ``opset`` is out of range.
    """
    for module in ('onnx', 'onnxscript'):
        require(module, 'export')
    found = torch.__version__
    if tuple(map(int, re.findall(r'\d+', found)[:2])) < _TORCH:
        needed = '.'.join(map(str, _TORCH))
        raise ImportError(f'export needs torch {needed} or later, and this is {found}')
    if opset not in OPSETS:
        raise ValueError(f'opset={opset}, expected {OPSETS[0]} to {OPSETS[-1]}')


def to_onnx(
    stage: nn.Module,
    samples: tuple[tuple, tuple],
    axes: Mapping[str, Sequence[str]],
    outputs: Sequence[str],
    opset: int,
    what: str,
) -> ModelProto:
    """Export a module.

    Args:
        stage (nn.Module): In eval mode, on the CPU; takes and gives tensors.
        samples (tuple[tuple, tuple]): Two examples of its arguments. A dimension in
            which they differ has any size in the graph.
        axes (Mapping[str, Sequence[str]]): The inputs' names, and those of each one's
            dimensions, in the order of the arguments.
        outputs (Sequence[str]): The outputs' names.
        opset (int): Version of ONNX's operators.
        what (str): What is exported, for messages.

    Raises:
        ImportError: As in :func:`require_exporter`.
        ValueError: If it cannot be exported, with the reason.
    """
    require_exporter(opset)
    dynamic = pytree.tree_map(_free_dimensions, *samples)
    try:
        with torch.no_grad(), _quiet():
            program = torch.export.export(stage, samples[0], dynamic_shapes=dynamic)
            norm = torch.ops.aten.instance_norm.default
            if norm in {node.target for node in program.graph.nodes}:  # takes as long
                program = program.run_decompositions({norm: _instance_norm})
            exported = torch.onnx.export(
                program,
                samples[0],
                dynamo=True,
                opset_version=opset,
                input_names=list(axes),
                output_names=list(outputs),
                verbose=False,
            )
            model = exported.model_proto
    except Exception as error:  # of many kinds, as torch pleases
        raise ValueError(
            f'{what} cannot be exported to ONNX: {_reason(error)}'
        ) from error
    _name_dimensions(model, axes)
    _drop_traces(model)
    return model


def _instance_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """The norm with its mean subtracted in front, and once more what is left of it.

    onnxruntime sums in single precision without care. In channels that hardly vary,
    such as those of a tiled class vector, the error of a mean is as large as what the
    norm is to enlarge: its own operator is wrong in the second digit there.
    """
    if not use_input_stats:
        return NotImplemented  # as it is
    dims = list(range(2, x.ndim))
    centred = x - x.mean(dims, keepdim=True)
    centred = centred - centred.mean(dims, keepdim=True)
    x = centred * (centred.square().mean(dims, keepdim=True) + eps).rsqrt()
    shape = (-1, *[1] * len(dims))
    x = x if weight is None else x * weight.view(shape)
    return x if bias is None else x + bias.view(shape)


def _free_dimensions(first: Tensor, second: Tensor) -> dict[int, Any]:
    pairs = enumerate(zip(first.shape, second.shape))
    return {i: torch.export.Dim.DYNAMIC for i, (a, b) in pairs if a != b}


def _name_dimensions(model: ModelProto, axes: Mapping[str, Sequence[str]]) -> None:
    """Readable names in the place of torch's symbols, also in sums of them."""
    graph, names = model.graph, {}
    for value in graph.input:
        for dim, name in zip(value.type.tensor_type.shape.dim, axes[value.name]):
            if dim.dim_param:
                names.setdefault(dim.dim_param, name)
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param:
                dim.dim_param = re.sub(
                    r'\w+', lambda m: names.get(m[0], m[0]), dim.dim_param
                )


def _drop_traces(model: ModelProto) -> None:
    """Remove what the exporter notes of the source: paths of the user's machine."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.initializer, *graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ''


def _reason(error: BaseException) -> str:
    """The innermost cause, in a line."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error)
    if 'data-dependent' in text:
        return (
            'it decides by the values of tensors (an if, int() or a selection by a '
            f'mask), which a graph cannot ({_first_line(text)})'
        )
    return f'{_first_line(text)} ({type(error).__name__})'


def _first_line(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return next(filter(None, lines), 'no reason given')


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's prints and warnings, which speak to its developers."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter('ignore')
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
