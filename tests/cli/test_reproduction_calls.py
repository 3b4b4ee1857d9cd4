"""Commands in processes: here, with a GPU each, and by submitit."""

import os
import signal
import subprocess
import threading
import time

import pytest

from fss_mm_cli.reproduction import calls
from fss_mm_cli.reproduction.calls import LocalCalls, SlurmCalls, Stopped
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

    def start(words, file, environment):
        return subprocess.Popen(command, stdout=file, env=environment)

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
    monkeypatch.setattr(calls, 'run_here', lambda words, log: os._exit(9))
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
