"""One process at a time, among those of a machine that know nothing of each other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


@contextmanager
def one_at_a_time(paths: Sequence[Path], wait: bool = True) -> Iterator[int | None]:
    """Let the block run in one process at a time; the others wait for their turn.

    No process group is needed, and not all processes need come. The operating system
    releases the lock of a process that ends in any way.

    Args:
        paths (Sequence[Path]): Where the lock's file may lie, which is removed behind
            the block. The first place that can be locked counts. Where none can, the
            block runs without a lock.
        wait (bool): For one's turn. Defaults to True.

    Yields:
        int | None: The lock's file descriptor, or None without a lock. A process that
        inherits it holds the lock as well, until it ends.

    Raises:
        BlockingIOError: If another process has the lock, and ``wait`` is False.
    """
    attempts = ((path, _lock(path, wait)) for path in paths)
    found = next((one for one in attempts if one[1] is not None), None)
    try:
        yield None if found is None else found[1]
    finally:
        if found is not None:
            path, handle = found
            with suppress(OSError):
                path.unlink()
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)  # also that of forked processes
            os.close(handle)


def _lock(path: Path, wait: bool) -> int | None:
    """Wait for the lock; None where the file system has no place for it."""
    if fcntl is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            if _lock_file(handle, path, wait):
                return handle
            os.close(handle)
    except BlockingIOError:
        raise
    except OSError:  # read-only, or of another user
        return None


def _lock_file(handle: int, path: Path, wait: bool) -> bool:
    """Wait; whether this is the lock that processes that come will wait for."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(handle), os.stat(path))
        return False  # the process before this one has removed it
    except OSError:  # a file system without locks
        os.close(handle)
        raise
