"""What a machine can do, measured: its fastest convolution and the memory in use."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import torch
from torch import nn

DTYPES = dict(float32=torch.float32, bfloat16=torch.bfloat16, float16=torch.float16)
_CHANNELS, _SIDE = 256, 64


def convolution_peak(
    device: torch.device, precision: str, seconds: float = 1.0
) -> float:
    """FLOP/s of a large 3 x 3 convolution: the best of repeated calls.

    Args:
        device (torch.device): Where.
        precision (str): 'float32', 'bfloat16' or 'float16'.
        seconds (float): How long to repeat it, in each of two memory layouts. Defaults
            to 1.
    """
    batch = 16 if device.type == 'cuda' else 1
    where = dict(device=device, dtype=DTYPES[precision])
    conv = nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False, **where)
    images = torch.randn(batch, _CHANNELS, _SIDE, _SIDE, **where)
    times = []
    with torch.inference_mode():
        for layout in (torch.contiguous_format, torch.channels_last):
            conv, images = (x.to(memory_format=layout) for x in (conv, images))
            times.append(_shortest(partial(conv, images), device, seconds))
    flops = convolution_flops(batch, _CHANNELS, _CHANNELS, 3, _SIDE, _SIDE)
    return flops / min(times)


def convolution_flops(
    n: int, in_channels: int, out_channels: int, kernel: int, h: int, w: int
) -> int:
    """FLOPs of a convolution with N outputs of h x w; an addition is one of them."""
    return 2 * n * in_channels * out_channels * kernel**2 * h * w


def reset_peak_memory(device: torch.device) -> None:
    """Measure the peak from here on, where the system lets us."""
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats(device)
    else:
        with suppress(OSError):
            Path('/proc/self/clear_refs').write_text('5')


def peak_memory(device: torch.device) -> int:
    """Most bytes that the process held: on the GPU, or resident on the CPU."""
    if device.type == 'cuda':
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == 'darwin' else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def describe_machine(device: torch.device) -> dict:
    """What figures depend on beside the config."""
    on_gpu = device.type == 'cuda'
    return dict(
        device=torch.cuda.get_device_name(device) if on_gpu else 'cpu',
        threads=torch.get_num_threads(),
        torch=torch.__version__,
    )


def _shortest(
    call: Callable[[], object], device: torch.device, seconds: float
) -> float:
    """Seconds of the fastest of some calls, three at least."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        if device.type == 'cuda':
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return min(times)
