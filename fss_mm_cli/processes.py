"""The processes of a command, also before it has imported what knows them."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import NoReturn

_LIBRARY = 'fss_mm.utils.distributed'


def loaded(name: str) -> ModuleType | None:
    """A module that the command has imported.

    An error may come before, or be of an import: what was never loaded has no log files
    and no processes.
    """
    return sys.modules.get(name)


def share() -> tuple[int, int]:
    """Number of this process and of all, as torchrun says them."""
    return int(os.environ.get('RANK', 0)), int(os.environ.get('WORLD_SIZE', 1))


def is_first() -> bool:
    """Whether this process speaks for all."""
    return share()[0] == 0


def is_first_to_say() -> bool:
    """Whether no other process of the run has asked this before."""
    distributed = loaded(_LIBRARY)
    if distributed is not None:
        return distributed.is_first_to_say()
    number = os.environ.get('RANK') or os.environ.get('SLURM_PROCID') or 0
    return int(number) == 0  # nothing has begun: all processes fail alike


def leave(status: int) -> NoReturn:
    """End the process with an exit code."""
    distributed = loaded(_LIBRARY)
    distributed.leave(status) if distributed is not None else sys.exit(status)
