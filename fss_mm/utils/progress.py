"""A progress bar around any loop."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar('Item')


def progress(
    items: Iterable[Item],
    total: int | None = None,
    show: bool | None = None,
    what: str = 'images',
) -> Iterator[Item]:
    """Yield items, and show how many are done.

    Args:
        items (Iterable): They are passed on as they are.
        total (int, optional): How many there are. Defaults to None: unknown.
        show (bool, optional): Defaults to None: on a terminal, unless there is one.
        what (str): What they are. Defaults to 'images'.
    """
    if show is None:
        show = sys.stderr.isatty() and total != 1
    if not show:
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, what, total, console=console)
