"""Real processes, without the seconds that each one's imports take.

They are forks of a server that has imported the package and run nothing of it. What a
fresh Python imports and prints is for tests that start one: ``test_terminal.py``.
"""

import os
import runpy
import signal
import sys
import time
from functools import cache
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.connection import wait
from pathlib import Path

import pytest
import torch
from torch.distributed import TCPStore

ROOT = Path(__file__).parents[1]
IMPORTED = [
    'fss_mm.apis', 'fss_mm.inference', 'fss_mm_cli.main', 'matplotlib.figure',
    'torch.distributed.run',
]  # fmt: skip


@cache
def server():
    """The context of processes; its server is started at the first call."""
    if 'forkserver' not in get_all_start_methods():
        return get_context('spawn')  # slow, and the same
    context = get_context('forkserver')
    context.set_forkserver_preload(IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)  # it finds the package as this process does
        patch.setenv('PYTHONPATH', str(ROOT))
        forkserver.ensure_running()
    return context


class Processes:
    """One process, or several that know each other as those of torchrun do.

    Args:
        folder (Path): Where their outputs are kept.
        words (Sequence): What stands behind ``python``: a script, ``-m`` and a module
            or ``-c`` and a program, and its arguments.
        number (int): Of processes with a process group; 0 is one without. The launcher
            itself is not here.
        cwd (Path): The folder that they run in.
        path (str): Beside the repository, where they find modules.
    """

    def __init__(self, folder, words, number=0, cwd=ROOT, path=''):
        self._out, self._err = folder / 'stdout.txt', folder / 'stderr.txt'
        env = os.environ | dict(
            PYTHONPATH=f'{ROOT}{os.pathsep}{ROOT / path}', OMP_NUM_THREADS='1'
        )
        self._store, ranks = _meeting(number)
        words = list(map(str, words))
        self._all = [
            server().Process(
                target=_play, args=(words, cwd, env | rank, self._out, self._err)
            )
            for rank in ranks
        ]
        for process in self._all:
            process.start()

    @property
    def stdout(self):
        """What they have printed so far."""
        return self._out.read_text() if self._out.exists() else ''

    @property
    def stderr(self):
        """Likewise, their errors."""
        return self._err.read_text() if self._err.exists() else ''

    def wait_for(self, condition, seconds=60):
        """Until something is true, or they have ended."""
        end = time.time() + seconds
        while not condition() and time.time() < end:
            if wait([process.sentinel for process in self._all], 0.01):
                break
        assert condition(), self.stderr[-3000:]

    def interrupt(self):
        """Ctrl-C, which goes to all of them."""
        for process in self._all:
            os.kill(process.pid, signal.SIGINT)

    def end(self, seconds=300):
        """Wait for the end; as of torchrun, the first that fails ends the others.

        Returns:
            int: Its exit code, or 0.
        """
        left = {process.sentinel: process for process in self._all}
        code, end = 0, time.time() + seconds
        while left:
            done = wait(left, max(0, end - time.time()))
            for sentinel in done:
                process = left.pop(sentinel)
                process.join()
                code = code or process.exitcode
            if not done or code:
                for process in left.values():
                    process.terminate()
            assert done, f'not done in {seconds} s: {self.stderr[-3000:]}'
        return code


def _meeting(number):
    """A store of a launcher, and the variables by which each process finds it."""
    if not number:
        return None, [{}]
    store = TCPStore('127.0.0.1', 0, is_master=True, wait_for_workers=False)
    common = dict(
        MASTER_ADDR='127.0.0.1', MASTER_PORT=str(store.port), WORLD_SIZE=str(number),
        LOCAL_WORLD_SIZE=str(number), TORCHELASTIC_USE_AGENT_STORE='True',
        TORCHELASTIC_RESTART_COUNT='0',
    )  # fmt: skip
    ranks = map(str, range(number))
    return store, [common | dict(RANK=rank, LOCAL_RANK=rank) for rank in ranks]


def _play(words, cwd, env, out, err):
    """Be ``python *words``."""
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
    sys.stdout = open(1, 'w', buffering=1, closefd=False)
    sys.stderr = open(2, 'w', buffering=1, closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = env['PYTHONPATH'].split(os.pathsep)
    torch.set_num_threads(1)
    kind, *rest = words
    sys.argv = [kind, *rest[1:]] if kind in ('-c', '-m') else words
    if kind == '-c':
        exec(rest[0], dict(__name__='__main__'))
    elif kind == '-m':
        runpy.run_module(rest[0], run_name='__main__', alter_sys=True)
    else:
        runpy.run_path(kind, run_name='__main__')
