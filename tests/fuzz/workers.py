"""Processes that run inputs, each within a limit of time and of memory."""

from __future__ import annotations

import importlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from ..processes import server
from .outcomes import FAILED, Outcome, outcome_of

PARTS = ('checkpoints', 'class_files', 'configs', 'folders', 'model_folders')
SECONDS = 60.0  # a busy machine is no hang
GIB = 4.0  # of memory beside what the libraries take


def run_case(case: dict, folder: Path) -> Outcome:
    """Run one input in an empty folder, in this process."""
    part = importlib.import_module(f'tests.fuzz.{case["part"]}')
    return outcome_of(lambda: part.judge(case, folder), part.WORDS)


def run_cases(
    cases: Sequence[dict], workers: int = 2, seconds: float = SECONDS
) -> Iterator[tuple[dict, Outcome]]:
    """Run inputs, each in a process that ends with it where it hangs or dies.

    Args:
        cases (Sequence[dict]): The inputs.
        workers (int): Processes. Defaults to 2.
        seconds (float): Limit of each input. Defaults to ``SECONDS``.

    Yields:
        tuple: An input and its outcome, in the order in which they end.
    """
    left, busy = list(reversed(cases)), {}
    free = [_Worker() for _ in range(workers)]
    while left or busy:
        while left and free:
            worker = free.pop()
            worker.start(left.pop(), seconds)
            busy[worker.connection] = worker
        ready = wait(list(busy), timeout=0.1)
        late = [c for c, w in busy.items() if w.is_late() and c not in ready]
        for connection in [*ready, *late]:
            worker = busy.pop(connection)
            yield worker.case, worker.finish()
            if worker.process.is_alive():
                free.append(worker)
            elif left:
                free.append(_Worker())
    for worker in free:
        worker.process.kill()


class _Worker:
    """A process that runs one input after another."""

    def __init__(self) -> None:
        self.connection, theirs = server().Pipe()
        self.process = server().Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.connection.recv()  # the libraries are imported: the clock may run
        self.case, self.deadline, self.seconds = {}, 0.0, 0.0

    def start(self, case: dict, seconds: float) -> None:
        self.case, self.seconds = case, seconds
        self.deadline = time.monotonic() + seconds
        self.connection.send(case)

    def is_late(self) -> bool:
        return time.monotonic() > self.deadline

    def finish(self) -> Outcome:
        """The outcome that came, or that none comes any more."""
        try:
            if self.connection.poll():
                return self.connection.recv()
        except EOFError:
            self.process.join(5)
            code = self.process.exitcode
            return Outcome(FAILED, f'its process died (exit code {code})')
        self.process.kill()
        self.process.join(5)
        return Outcome(FAILED, f'hangs: not done after {self.seconds:g} s')


def _serve(connection: Connection) -> None:
    """Run what is sent, in folders of its own; forever."""
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    for part in PARTS:
        importlib.import_module(f'tests.fuzz.{part}').warm_up()
    _limit_memory()
    connection.send('ready')
    while True:
        case = connection.recv()
        with tempfile.TemporaryDirectory(prefix='fuzz_') as folder:
            outcome = run_case(case, Path(folder))
        connection.send(outcome)


def _limit_memory() -> None:
    """What is taken beyond the limit is a MemoryError, which is a failure."""
    with open('/proc/self/statm') as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    limit = now + int(GIB * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
