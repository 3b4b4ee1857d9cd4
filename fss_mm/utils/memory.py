"""How much memory a device has left."""

from __future__ import annotations

from pathlib import Path

import torch

_MEMINFO = Path('/proc/meminfo')


def free_memory(device: torch.device) -> int | None:
    """Bytes that could still be taken on a device.

    Args:
        device (torch.device): A CPU or a GPU of NVIDIA or AMD.

    Returns:
        int | None: On a GPU with what torch keeps for itself and does not use; None
        where the system does not tell.
    """
    if device.type == 'cuda':
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    if device.type != 'cpu' or not _MEMINFO.is_file():
        return None
    for line in _MEMINFO.read_text().splitlines():
        if line.startswith('MemAvailable:'):
            return int(line.split()[1]) * 1024
    return None


def require_memory(num_bytes: int, device: torch.device, what: str) -> None:
    """Check that something fits before it is made, where that can be told.

    Args:
        num_bytes (int): What it takes.
        device (torch.device): Where.
        what (str): What it is, in the plural, for the message.

    Raises:
        ValueError: If it does not fit.
    """
    free = free_memory(device)
    if free is not None and num_bytes > free:
        needed, left = (f'{x / 2**30:.2f} GiB' for x in (num_bytes, free))
        raise ValueError(
            f'{what} need {needed} on {device}, and {left} are free: take fewer shots '
            'or smaller images'
        )
