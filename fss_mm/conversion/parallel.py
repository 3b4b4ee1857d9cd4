"""One function on many items, in processes, under a progress bar."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar('Item')
Outcome = TypeVar('Outcome')

_LONGEST_CHUNK = 64


def run_all(
    work: Callable[[Item], Outcome],
    items: Sequence[Item],
    description: str,
    workers: int = 1,
) -> list[Outcome]:
    """Outcomes in the order of the items.

    Args:
        work (Callable): A function of a module, so that processes can share it.
        items (Sequence): What it is called with.
        description (str): Shown beside the progress bar, on standard error.
        workers (int): Processes; 1 works in this one. Defaults to 1.

    Raises:
        ValueError: If ``workers`` is below 1.
    """
    if workers < 1:
        raise ValueError(f'workers={workers}, expected 1 or more processes')
    if workers == 1 or len(items) < 2:
        return _collect(map(work, items), description, len(items))
    chunk = max(1, min(_LONGEST_CHUNK, len(items) // (4 * workers)))
    pool = ProcessPoolExecutor(workers, initializer=_ignore_interrupts)
    try:
        # the processes start here, before the progress bar's thread does
        outcomes = pool.map(work, items, chunksize=chunk)
        return _collect(outcomes, description, len(items))
    finally:
        # behind an interrupt, what has not begun is not begun
        pool.shutdown(cancel_futures=True)


def _collect(
    outcomes: Iterable[Outcome], description: str, total: int
) -> list[Outcome]:
    if not total:
        return []
    console = Console(stderr=True)  # standard output is for results
    return list(track(outcomes, description, total, console=console))


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the main process, which then ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
