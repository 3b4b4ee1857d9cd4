"""Commands in processes: here, with a GPU each, and by submitit."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from threading import Thread

import pytest

from fss_mm.utils.file_lock import one_at_a_time
from fss_mm_cli.reproduction import calls
from fss_mm_cli.reproduction.calls import LocalCalls, SlurmCalls, Stopped
from fss_mm_cli.reproduction.command import alone_in
from tests.conftest import ROOT

VERSION, MISTAKE = ['--version'], ['--fold']


def test_a_process_here(tmp_path):
    call, log = LocalCalls(1), tmp_path / 'a.log'
    call(VERSION, log)
    command, version = log.read_text().splitlines()
    assert command.endswith('-m fss_mm_cli --version') and version.startswith('fss_mm ')
    with pytest.raises(
        ChildProcessError, match='--fold failed: the following .* are required.*a.log'
    ) as error:
        call(MISTAKE, log)
    assert len(str(error.value).splitlines()) == 1


def sleeper(monkeypatch, command):
    """Let any command be another one."""

    def start(words, file, environment, inherited=()):
        return subprocess.Popen(
            command, stdout=file, env=environment, pass_fds=inherited
        )

    monkeypatch.setattr(calls, 'start', start)


def test_one_run_on_each_gpu(tmp_path, monkeypatch):
    sleeper(monkeypatch, ['sh', '-c', 'echo $CUDA_VISIBLE_DEVICES; sleep 0.2'])
    call, logs = LocalCalls(2, ['4', '7']), [tmp_path / str(n) for n in range(3)]
    threads = [threading.Thread(target=call, args=(VERSION, log)) for log in logs]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    found = [log.read_text().strip() for log in logs]
    assert sorted(found[:2]) == ['4', '7'] and found[2] in found[:2]


def test_a_killed_process_is_a_line(tmp_path, monkeypatch):
    sleeper(monkeypatch, ['sh', '-c', f'kill -{int(signal.SIGKILL)} $$'])
    with pytest.raises(ChildProcessError, match='train was killed by signal 9'):
        LocalCalls(1)(['train'], tmp_path / 'a.log')


def test_stopping_ends_processes(tmp_path, monkeypatch):
    sleeper(monkeypatch, ['sleep', '60'])
    call, ended = LocalCalls(1), []

    def run():
        with pytest.raises(Stopped):
            call(['train'], tmp_path / 'a.log')
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    while not call._running:
        time.sleep(0.01)
    call.stop()
    thread.join(10)
    assert ended
    with pytest.raises(Stopped):
        call(['train'], tmp_path / 'a.log')


def killed_at_work(folder):
    """What a command is that ends in the middle of a run, with nobody to tell."""
    with alone_in(folder) as lock:
        Thread(target=LocalCalls(1, lock=lock), args=(['train'], folder / 'a')).start()
        while not (folder / 'begun').exists():
            time.sleep(0.01)
        os._exit(9)


@pytest.mark.skipif(sys.platform == 'win32', reason='locks of POSIX')
def test_what_a_killed_command_has_left_is_waited_for(tmp_path, monkeypatch):
    """Its training goes on; a second one in this folder would write over it."""
    words = f'echo $$ > {tmp_path}/pid; touch {tmp_path}/begun; exec sleep 60'
    sleeper(monkeypatch, ['sh', '-c', words])
    context = multiprocessing.get_context('fork')  # nothing is imported anew
    command = context.Process(target=killed_at_work, args=(tmp_path,))
    command.start()
    command.join(20)
    assert command.exitcode == 9
    try:
        with pytest.raises(ValueError, match='is worked in by another process'):
            with alone_in(tmp_path):
                pass
    finally:
        os.kill(int((tmp_path / 'pid').read_text()), signal.SIGKILL)
    with one_at_a_time([tmp_path / '.lock']):  # as soon as it has ended
        pass


@pytest.fixture
def submitted(tmp_path, monkeypatch):
    """Calls by submitit's local executor."""
    pytest.importorskip('submitit')
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    monkeypatch.setattr(calls, '_EVERY', 0.05)
    return SlurmCalls(tmp_path / 'slurm', ['cluster=local', 'timeout_min=5'])


def test_jobs_of_submitit(submitted, tmp_path, monkeypatch):
    """One that works, one whose command fails, one that dies: the others go on."""
    log = tmp_path / 'a.log'
    submitted(VERSION, log)
    assert 'fss_mm ' in log.read_text()
    with pytest.raises(
        ChildProcessError, match='--fold failed: the following .* are required.*a.log'
    ):
        submitted(MISTAKE, log)
    die = lambda words, log: os._exit(9)  # noqa: E731
    die.__module__ = '__main__'  # the job need not import the tests
    monkeypatch.setattr(calls, 'run_here', die)
    with pytest.raises(ChildProcessError, match=r'train: job \d+ died \(') as error:
        submitted(['train'], log)
    assert len(str(error.value).splitlines()) == 1


def test_mistakes_of_slurm(tmp_path, monkeypatch):
    pytest.importorskip('submitit')
    with pytest.raises(ValueError, match='--slurm: '):
        SlurmCalls(tmp_path, ['cluster=local', 'no_such=1'])
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(ValueError, match='--slurm: '):
        SlurmCalls(tmp_path, [])
