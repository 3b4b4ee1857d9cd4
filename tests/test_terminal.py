"""What stands on the terminal: little in front of the first step, and mistakes once."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.processes import Processes
from tests.tool_runs import CONFIG, TINY

CRASH = """
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from fss_mm.registry import HOOKS


@HOOKS.register_module()
class CrashHook(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if batch_idx == 1 and get_rank() == runner.world_size - 1:
            raise ValueError('image 7.jpg is torn')
"""


def dist_train(folder):
    """tools/dist_train.sh on two processes: exit code and all lines, in order."""
    env = os.environ | dict(PYTHON=sys.executable, PYTHONPATH=str(ROOT))
    env = {k: v for k, v in env.items() if k not in ('OMP_NUM_THREADS', 'RANK')}
    done = subprocess.run(
        ['bash', 'tools/dist_train.sh', CONFIG, '2', '--work-dir', folder,
         '--cfg-options', *TINY],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def heading(lines):
    """The lines in front of the first step."""
    (first, *_) = [n for n, line in enumerate(lines) if 'Iter(train)' in line]
    return lines[:first]


def check_heading(lines, folder):
    head = heading(lines)
    assert len(head) <= 30, '\n'.join(head)
    text = '\n'.join(head)
    assert text.count(f'config: {CONFIG}') == 1
    assert 'train: FewShotShapesDataset, fold 0, 114 images, 199 (image, class)' in text
    assert '5 held-out classes (plain disc, striped square, checked triangle' in text
    assert 'val: 7 episodes' in text and 'weights: random ones' in text
    assert text.count('leak check: ') == 1
    assert 'WARNING' not in text and 'Warning' not in text
    (log,) = folder.glob('*/*.log')
    logged = log.read_text()
    for part in ('System environment', 'Config:\n', 'Hooks will be executed'):
        assert part in logged and part not in '\n'.join(lines), part
    assert (folder / 'simprop_fold0.py').is_file(), 'the config beside it'


def test_one_process(tmp_path):
    words = ['tools/train.py', CONFIG, '--work-dir', tmp_path / 'w']
    done = Processes(tmp_path, [*words, '--cfg-options', *TINY])
    assert done.end() == 0
    check_heading(done.stdout.splitlines(), tmp_path / 'w')


def test_two_processes(tmp_path):
    """Really started: what a fresh Python imports prints nothing, either."""
    code, lines = dist_train(tmp_path)
    assert code == 0
    check_heading(lines, tmp_path)
    text = '\n'.join(lines)
    # of registries without a parent, and of OpenMMLab's live line
    assert 'Failed to search registry' not in text and 'OneDL' not in text
    assert any('2 episodes a batch, on each of 2 processes' in line for line in lines)


def test_a_mistake_of_two_processes_is_told_once(tmp_path):
    words = ['tools/train.py', CONFIG, '--work-dir', tmp_path, '--launcher', 'pytorch']
    options = [*TINY, 'train_cfg.max_iter=5']
    done = Processes(tmp_path, [*words, '--cfg-options', *options], 2)
    assert done.end() == 2
    lines = (done.stdout + done.stderr).splitlines()
    said = [line for line in lines if line.startswith('error: ')]
    assert len(said) == 1 and "did you mean 'max_iters'?" in said[0]
    assert not any('Traceback' in line for line in lines)


@pytest.fixture
def crashing(tmp_path):
    """A config of a training whose last process raises in its second step."""
    (tmp_path / 'crashing.py').write_text(CRASH)
    config = tmp_path / 'config.py'
    config.write_text(
        f"_base_ = '{ROOT / CONFIG}'\n"
        "custom_imports = dict(imports=['crashing'])\n"
        "custom_hooks = [dict(type='CrashHook')]\n"
    )
    return config


def check_crash(lines, folder, name):
    """It is a line, and its traceback in the log file of the process it was in."""
    said = [line for line in lines if line.startswith('error: ')]
    assert len(said) == 1
    (log,) = folder.glob(f'*/{name}')
    assert said[0] == f'error: image 7.jpg is torn (traceback: {log})'
    assert 'in before_train_iter' in log.read_text()
    assert not any('Traceback' in line for line in lines)


@pytest.mark.parametrize(('number', 'log'), [(0, '*.log'), (2, '*_rank1.log')])
def test_a_crash_in_a_training_is_kept(tmp_path, crashing, number, log):
    """It is a line, and its traceback in the log file of the process it was in."""
    folder = tmp_path / 'w'
    words = ['tools/train.py', crashing, '--work-dir', folder]
    words += ['--launcher', 'pytorch'] * bool(number) + ['--cfg-options', *TINY]
    done = Processes(tmp_path, words, number, path=tmp_path)
    assert done.end() == 2
    lines = (done.stdout + done.stderr).splitlines()
    said = [line for line in lines if line.startswith('error: ')]
    assert len(said) == 1
    (log,) = folder.glob(f'*/{log}')
    assert said[0] == f'error: image 7.jpg is torn (traceback: {log})'
    assert 'in before_train_iter' in log.read_text()
    assert not any('Traceback' in line for line in lines)


ENDLESS = ['train_cfg.max_iters=9999', 'train_cfg.val_interval=9999']
GO_ON = 'interrupted; with --resume the same command goes on'


@pytest.mark.skipif(sys.platform == 'win32', reason='signals of POSIX')
@pytest.mark.parametrize('number', [0, 2])
def test_an_interrupt_says_how_to_go_on(tmp_path, number):
    """Ctrl-C goes to all processes of the terminal; one of them speaks."""
    words = ['tools/train.py', CONFIG, '--work-dir', tmp_path / 'w']
    words += ['--launcher', 'pytorch'] * bool(number) + ['--cfg-options', *TINY]
    process = Processes(tmp_path, [*words, *ENDLESS], number)
    process.wait_for(lambda: 'Iter(train)' in process.stdout + process.stderr)
    process.interrupt()
    assert process.end(60) == 130
    said = process.stdout + process.stderr
    assert 'Traceback' not in said and said.count(GO_ON) == 1


# ---- torchrun, of processes that import nothing ------------------------------------


def launched(folder, program):
    """tools/launch.py with two processes of a program, in a folder."""
    (folder / 'program.py').write_text(program)
    words = ['tools/launch.py', '--standalone', '--nproc-per-node', '2']
    return Processes(folder, [*words, folder / 'program.py'])


def test_torchrun_adds_no_report_to_what_a_process_has_said(tmp_path):
    """It ends the other process, and notes that."""
    done = launched(
        tmp_path,
        'import os, sys, time\n'
        'if os.environ["RANK"] == "0":\n'
        '    time.sleep(60)\n'
        'sys.exit(print("error: torn", file=sys.stderr) or 2)\n',
    )
    assert done.end(50) == 2
    said = done.stdout + done.stderr
    assert said.count('error: ') == 1 and 'error: torn\n' in said
    assert 'Traceback' not in said and 'ChildFailedError' not in said


@pytest.mark.skipif(sys.platform == 'win32', reason='signals of POSIX')
def test_torchrun_adds_no_report_to_an_interrupt(tmp_path):
    process = launched(
        tmp_path,
        'import os, time\n'
        f'open({str(tmp_path)!r} + "/" + os.environ["RANK"], "w").close()\n'
        'try:\n'
        '    time.sleep(60)\n'
        'except KeyboardInterrupt:\n'
        '    raise SystemExit(130)\n',
    )
    process.wait_for(lambda: all((tmp_path / rank).exists() for rank in '01'))
    process.interrupt()
    assert process.end(50) == 130
    said = process.stdout + process.stderr
    assert 'error: ' not in said and 'Traceback' not in said
