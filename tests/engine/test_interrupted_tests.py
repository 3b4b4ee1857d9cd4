"""A test that ends early leaves no score, in real processes."""

import sys

import pytest

from tests.processes import Processes

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
    return Processes(folder, ['-c', PROGRAM, how, folder])


def test_a_killed_worker_ends_the_test(tmp_path):
    process = start('worker', tmp_path)
    assert process.end() != 0
    assert 'worker' in process.stderr and 'exited unexpectedly' in process.stderr
    assert not list(tmp_path.glob('report*'))


@pytest.mark.skipif(sys.platform == 'win32', reason='signals of POSIX')
def test_an_interrupt_ends_the_test(tmp_path):
    process = start('interrupt', tmp_path)
    process.wait_for(lambda: 'PREDICTED' in process.stdout)
    process.interrupt()
    assert process.end() != 0 and 'KeyboardInterrupt' in process.stderr
    assert not list(tmp_path.glob('report*'))
