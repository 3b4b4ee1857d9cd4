"""A test that ends early leaves no score, in real processes."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROGRAM = """
import os, sys, time
from mmengine.config import Config
from fss_mm.apis import evaluate
from fss_mm.datasets import FewShotShapesDataset
from fss_mm.models import FewShotSegmentor

how, folder = sys.argv[1:]
cfg = Config.fromfile('configs/shapes/simprop_fold0.py')
cfg.work_dir = folder
cfg.test_dataloader.dataset.update(num_images=60, side=32)
cfg.test_dataloader.sampler.update(num_episodes=30, seeds=[0])
main = os.getpid()
if how == 'worker':
    cfg.test_dataloader.num_workers = 1
    load = FewShotShapesDataset.load_image

    def dying(self, role, *args):
        if os.getpid() != main and role.role == 'support' and role.image % 3 == 0:
            os._exit(9)
        return load(self, role, *args)

    FewShotShapesDataset.load_image = dying
else:
    write = FewShotSegmentor.write_predictions

    def slowly(self, *args):
        print('PREDICTED', flush=True)
        time.sleep(0.2)
        return write(self, *args)

    FewShotSegmentor.write_predictions = slowly
evaluate(cfg, report=folder + '/report.json')
"""


def start(how, folder):
    return subprocess.Popen(
        [sys.executable, '-c', PROGRAM, how, str(folder)],
        cwd=ROOT,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_worker_ends_the_test(tmp_path):
    process = start('worker', tmp_path)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert 'worker' in errors and 'exited unexpectedly' in errors
    assert not list(tmp_path.glob('report*'))


@pytest.mark.skipif(sys.platform == 'win32', reason='signals of POSIX')
def test_an_interrupt_ends_the_test(tmp_path):
    process = start('interrupt', tmp_path)
    assert any(line.startswith('PREDICTED') for line in process.stdout)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0 and 'KeyboardInterrupt' in errors
    assert not list(tmp_path.glob('report*'))
