"""How far a table is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .running import Say
from .runs import Run


@contextmanager
def showing(total: int) -> Iterator[Say]:
    """Yield a function that tells of each run that has ended.

    Args:
        total (int): How many there are to do.
    """
    done, lock = 0, threading.Lock()
    with _bar(total) as (write, advance):

        def say(run: Run, text: str) -> None:
            nonlocal done
            with lock:
                done += 1
                width = len(str(total))
                write(f'[{done:{width}}/{total}] {run.name}: {text}')
                advance()

        yield say


@contextmanager
def _bar(total: int) -> Iterator[tuple]:
    if not sys.stderr.isatty():
        yield lambda line: print(line, flush=True), lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress('runs', *columns, console=Console(stderr=True)) as bar:
        task = bar.add_task('runs', total=total)
        yield (lambda line: bar.console.print(line, highlight=False, markup=False),
               lambda: bar.advance(task))  # fmt: skip
