"""How a command is called: in a process here, on a GPU of its own, or by Slurm.

A *call* is a function of the words of ``fss-mm`` and the log file. It returns when the
command has ended, and raises where it has failed. This module imports little: each job
of Slurm reads it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Queue
from typing import TextIO

Call = Callable[[Sequence[str], Path], None]
PACKAGE = __package__.partition('.')[0]
_EVERY = 2.0  # seconds between questions to Slurm


class Stopped(Exception):
    """Raised where a run is not begun, or ended, since everything is stopped."""


class LocalCalls:
    """Processes of this machine; at most ``jobs`` are called at once by the caller.

    Args:
        jobs (int): The cores are divided among so many.
        gpus (Sequence[str]): Each process sees one of them. Defaults to (): all see
            what the environment lets them.
        lock (int, optional): File descriptor of the lock of their work folder, which
            they hold as long as they live: where this process is killed, the next one
            does not work beside those that it has left. Defaults to None.
    """

    def __init__(
        self, jobs: int, gpus: Sequence[str] = (), lock: int | None = None
    ) -> None:
        self.inherited = () if lock is None else (lock,)
        self.threads = max(1, (os.cpu_count() or 1) // jobs)
        self.gpus: Queue[str] | None = Queue() if gpus else None
        for gpu in gpus:
            self.gpus.put(gpu)
        self._running: set[subprocess.Popen] = set()
        self._lock, self._stopped = threading.Lock(), False

    def __call__(self, words: Sequence[str], log: Path) -> None:
        """Run a command of ``fss-mm``.

        Raises:
            ChildProcessError: If it fails; its last line and its log are named.
            Stopped: If everything is stopped.
        """
        gpu = None if self.gpus is None else self.gpus.get()
        try:
            environment = {} if gpu is None else dict(CUDA_VISIBLE_DEVICES=gpu)
            code = self._run(words, log, environment)
        finally:
            if gpu is not None:
                self.gpus.put(gpu)
        if self._stopped:
            raise Stopped
        check_exit(code, words[0], log)

    def stop(self) -> None:
        """End all processes; no other one begins."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()

    def _run(self, words: Sequence[str], log: Path, environment: Mapping) -> int:
        own = dict(OMP_NUM_THREADS=str(self.threads)) | os.environ | environment
        with log.open('a') as file:
            with self._lock:
                if self._stopped:
                    raise Stopped
                process = start(words, file, own, self.inherited)
                self._running.add(process)
            try:
                return process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)


def start(
    words: Sequence[str],
    file: TextIO,
    environment: Mapping[str, str],
    inherited: Sequence[int] = (),
) -> subprocess.Popen:
    """Start a command of ``fss-mm`` whose output goes to a file."""
    command = [sys.executable, '-m', PACKAGE, *words]
    file.write(f'{" ".join(command)}\n')
    file.flush()
    return subprocess.Popen(
        command, stdout=file, stderr=file, env=environment, pass_fds=inherited
    )


def check_exit(code: int, command: str, log: Path) -> None:
    """Check how a command has ended.

    Raises:
        ChildProcessError: If not with 0; in a line, with the log's last one.
    """
    if code < 0:
        raise ChildProcessError(f'{command} was killed by signal {-code} (log: {log})')
    if code:
        lines = log.read_text(errors='replace').strip().splitlines()
        last = lines[-1].removeprefix('error: ') if lines else f'exit code {code}'
        raise ChildProcessError(f'{command} failed: {last} (log: {log})')


class SlurmCalls:
    """Jobs of Slurm, or of another of submitit's executors.

    Args:
        folder (Path): For submitit's own files; all machines have to see it.
        words (Sequence[str]): ``KEY=VALUE`` of ``AutoExecutor.update_parameters``, and
            ``cluster`` ('slurm'; 'local' for tries without one).

    Raises:
        ImportError: If submitit is not installed.
        ValueError: For words that submitit does not know, or where there is no Slurm.
    """

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        from fss_mm.utils.config_options import read_options
        from fss_mm.utils.extras import require

        require('submitit', extra='slurm')
        from submitit import AutoExecutor

        given = dict(nodes=1, tasks_per_node=1, gpus_per_node=1) | read_options(words)
        cluster = given.pop('cluster', 'slurm')
        if cluster != 'slurm':
            given.pop('gpus_per_node')
        try:
            self.executor = AutoExecutor(folder, cluster=cluster)
            self.executor.update_parameters(**given)
        except Exception as error:  # of many kinds
            raise ValueError(f'--slurm: {str(error).partition(chr(10))[0]}') from error
        self._jobs: set = set()
        self._lock, self._stopped = threading.Lock(), False

    def __call__(self, words: Sequence[str], log: Path) -> None:
        """Run a command of ``fss-mm`` as a job, and wait for its end.

        Raises:
            ChildProcessError: If it fails, or the job dies.
            Stopped: If everything is stopped.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            job = self.executor.submit(run_here, list(words), str(log.absolute()))
            self._jobs.add(job)
        try:
            while not job.done():
                time.sleep(_EVERY)
            code = job.result()
        except Exception as error:  # submitit's, with a traceback of many lines
            if self._stopped:
                raise Stopped from error
            raise ChildProcessError(
                f'{words[0]}: job {job.job_id} died ({_reason(error)}; '
                f'log: {job.paths.stderr})'
            ) from error
        finally:
            with self._lock:
                self._jobs.discard(job)
        check_exit(code, words[0], log)

    def stop(self) -> None:
        """Cancel all jobs; no other one begins."""
        with self._lock:
            self._stopped = True
            for job in self._jobs:
                job.cancel(check=False)


def run_here(words: list[str], log: str) -> int:
    """What a job does: a command in a process of its own; its exit code."""
    with open(log, 'a') as file:
        return start(words, file, dict(os.environ)).wait()


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
