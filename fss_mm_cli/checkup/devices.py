"""Devices: the processor, GPUs, and how much memory they have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .finding import ABSENT, OK, Finding

_GIB = 2**30


def check_devices() -> Iterator[Finding]:
    """The CPU, and each GPU that torch can use."""
    yield Finding(OK, f'CPU: {_cores()} cores{_memory()}')
    import torch

    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        size = f'{total / _GIB:.1f} GiB, {free / _GIB:.1f} GiB free'
        yield Finding(OK, f'GPU {number}: {name}, {size}')
    if torch.backends.mps.is_available():
        yield Finding(OK, 'GPU: of Apple, through MPS; it shares the memory')
    elif not torch.cuda.device_count():
        yield _no_gpu(torch.version.cuda or torch.version.hip)


def _no_gpu(built_for: str | None) -> Finding:
    if built_for:
        text = f'GPU: torch is built for one ({built_for}) and sees none'
        return Finding(ABSENT, text, 'nvidia-smi shows whether the driver sees it')
    if Path('/dev/nvidia0').exists():
        text = 'GPU: there is one, and this torch is built for CPUs alone'
        return Finding(ABSENT, text, 'https://pytorch.org/get-started/locally')
    return Finding(ABSENT, 'GPU: none, everything runs on the CPU')


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> str:
    """Memory and what is available of it, where the system tells."""
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
        kib = {line.split(':')[0]: int(line.split()[1]) for line in lines}
        total, free = (kib[key] * 1024 / _GIB for key in ('MemTotal', 'MemAvailable'))
    except (OSError, KeyError, ValueError, IndexError):
        return ''
    return f', {total:.1f} GiB of memory, {free:.1f} GiB available'
