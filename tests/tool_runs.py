"""Runs of tools, in processes of their own or in this one."""

import runpy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from mmengine.logging import MMLogger

from tests.processes import Processes

ROOT = Path(__file__).parents[1]
CONFIG = 'configs/shapes/simprop_fold0.py'
TINY = [
    'model.backbone.out_nodes=("relu",)',
    'model.decode_head.channels=4',
    'train_dataloader.batch_size=2',
    'train_dataloader.dataset.num_images=200',
    'train_dataloader.dataset.side=32',
    'val_dataloader.dataset.num_images=100',
    'val_dataloader.dataset.side=32',
    'val_dataloader.sampler.num_episodes=7',
    'test_dataloader.dataset.num_images=100',
    'test_dataloader.dataset.side=32',
    'test_dataloader.sampler.num_episodes=7',
    'train_cfg.max_iters=2',
    'train_cfg.val_interval=2',
    'default_hooks.logger.interval=1',
]


def run(*command, processes=0, path='', ok=True, options=(), tiny=TINY):
    """Run a tool in a process of its own, or in ``processes`` of a process group."""
    if processes:
        command = (*command, '--launcher', 'pytorch')
    words = [*command, '--cfg-options', *tiny, *options]
    with TemporaryDirectory() as folder:
        running = Processes(Path(folder), words, processes, path=path)
        assert (running.end() == 0) == ok, running.stderr[-3000:]
        return running.stdout + running.stderr


@pytest.fixture
def own_loggers(monkeypatch):
    """Those of Runners of other tests have files and terminals that are closed."""
    monkeypatch.setattr(MMLogger, '_instance_dict', type(MMLogger._instance_dict)())


@pytest.fixture
def run_here(monkeypatch, capsys, own_loggers):
    """Like :func:`run`, without a new process, whose imports take seconds."""

    def start(tool, *arguments, path='', ok=True, options=(), tiny=TINY):
        options = [*tiny, *options]
        if tool in ('tools/train.py', 'tools/test.py'):  # a logger for each Runner
            options.append(f'experiment_name={uuid4().hex}')
        command = [tool, *map(str, arguments), '--cfg-options', *options]
        monkeypatch.setattr(sys, 'argv', command)
        monkeypatch.syspath_prepend(ROOT / path)
        monkeypatch.setenv('PYTHONPATH', str(ROOT))  # of processes that it starts
        monkeypatch.setenv('OMP_NUM_THREADS', '1')
        monkeypatch.chdir(ROOT)
        failure = None
        try:
            runpy.run_path(str(ROOT / tool), run_name='__main__')
        except SystemExit as error:
            failure = error.code or None
        captured = capsys.readouterr()
        assert failure == (None if ok else 2), captured.err[-3000:]
        assert 'Traceback' not in captured.err
        return captured.out + captured.err

    return start
