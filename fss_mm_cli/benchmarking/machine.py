"""What a machine can do, measured: a large convolution, and the memory in use."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

DTYPES = dict(float32=torch.float32, bfloat16=torch.bfloat16, float16=torch.float16)
_CHANNELS, _SIDE = 256, 64


class ConvolutionProbe:
    """What a large 3 x 3 convolution reaches, asked again and again during a run.

    A machine that is shared, or grows hot, is not as fast at all times: what is
    measured meanwhile is compared with what it could have been.

    Args:
        device (torch.device): Where.
        precision (str): 'float32', 'bfloat16' or 'float16'.
        every (float): Seconds from one question to the next. Defaults to 2.
    """

    def __init__(
        self, device: torch.device, precision: str, every: float = 2.0
    ) -> None:
        self.device, self.every = device, every
        batch, self.calls = (16, 20) if device.type == 'cuda' else (1, 1)
        self.flops = convolution_flops(batch, _CHANNELS, _CHANNELS, 3, _SIDE, _SIDE)
        where = dict(device=device, dtype=DTYPES[precision])
        conv = nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False, **where)
        images = torch.randn(batch, _CHANNELS, _SIDE, _SIDE, **where)
        times = {}
        for layout in (torch.contiguous_format, torch.channels_last):
            self._lay_out(conv, images, layout)
            times[layout] = min(self._seconds() for _ in range(3))
        self._lay_out(conv, images, min(times, key=times.get))
        self.reset()

    def reset(self) -> None:
        """Forget the answers."""
        self.seconds: list[float] = []
        self._latest = 0.0

    def ask_if_due(self) -> None:
        """Run the convolution, if it is time to."""
        if self.seconds and time.perf_counter() < self._latest + self.every:
            return
        self.seconds.append(self._seconds())
        self._latest = time.perf_counter()

    @property
    def mean(self) -> float:
        """FLOP/s over all answers."""
        return self.flops * len(self.seconds) / sum(self.seconds)

    @property
    def best(self) -> float:
        """FLOP/s of the fastest answer."""
        return self.flops / min(self.seconds)

    def _lay_out(
        self, conv: nn.Conv2d, images: torch.Tensor, layout: torch.memory_format
    ) -> None:
        self.conv = conv.to(memory_format=layout)
        self.images = images.contiguous(memory_format=layout)

    @torch.inference_mode()
    def _seconds(self) -> float:
        """Of one convolution."""
        wait_for(self.device)
        start = time.perf_counter()
        for _ in range(self.calls):
            self.conv(self.images)
        wait_for(self.device)
        return (time.perf_counter() - start) / self.calls


def wait_for(device: torch.device) -> None:
    """Until a GPU has done what it was told."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


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
