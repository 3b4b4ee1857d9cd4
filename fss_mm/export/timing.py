"""How long a file takes in onnxruntime, against the same modules in PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch

from .exported import ExportedFile

_PAUSE = 0.05  # seconds, until the threads of the other one no longer wait for work


@dataclass(frozen=True)
class Timing:
    """Medians over runs that took turns.

    Args:
        torch_ms (float): Milliseconds in PyTorch.
        onnx_ms (float): Milliseconds in onnxruntime.
        ratio (float): Median of onnxruntime's time over PyTorch's, of each turn.
        best_ratio (float): The same of the shortest runs of either, which other work of
            the machine disturbed least.
        threads (int): Of either.
        repetitions (int): Turns.
    """

    torch_ms: float
    onnx_ms: float
    ratio: float
    best_ratio: float
    threads: int
    repetitions: int


def time_files(
    work: Sequence[tuple[ExportedFile, tuple]], repetitions: int = 20
) -> Timing:
    """Measure both on the CPU, with as many threads as torch has.

    Args:
        work (Sequence[tuple[ExportedFile, tuple]]): Files that are run one after the
            other, with their arguments.
        repetitions (int): Turns, behind one that does not count. Defaults to 20.

    Raises:
        ImportError: If onnxruntime is not installed.
    """
    threads = torch.get_num_threads()
    sessions = [(f.session(threads), f.arrays(*given)) for f, given in work]

    def run_torch() -> None:
        for file, given in work:
            file.stage(*given)

    def run_onnx() -> None:
        for session, arrays in sessions:
            session.run(None, arrays)

    pairs = []
    with torch.inference_mode():
        for _ in range(repetitions + 1):
            pairs.append((_seconds(run_torch), _seconds(run_onnx)))
    own, other = zip(*pairs[1:])
    return Timing(
        1e3 * median(own),
        1e3 * median(other),
        median(b / a for a, b in pairs[1:]),
        min(other) / min(own),
        threads,
        repetitions,
    )


def _seconds(run: Callable[[], None]) -> float:
    time.sleep(_PAUSE)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
