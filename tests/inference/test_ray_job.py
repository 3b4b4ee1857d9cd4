"""A local Ray, of which an actor, a process and a machine are killed."""

import os
import signal
import tarfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference.blocks import BlockJob
from fss_mm.inference.inputs import NamedInput, listed_inputs
from fss_mm.inference.packs import read_pack
from fss_mm.inference.ray_job import RaySegmenter, run_on_ray
from tests.conftest import ROOT
from tests.inference.conftest import RED, color_config, square

pytestmark = pytest.mark.skipif(
    os.environ.get('FSS_MM_RAY_TESTS') != '1',
    reason='a local Ray takes half a minute: FSS_MM_RAY_TESTS=1 runs these tests',
)
MEMORY = 100 * 2**20


def once(mark: str) -> bool:
    """Whether nothing has asked this before, on any machine."""
    try:
        (Path(os.environ['FSS_MM_MARKS']) / mark).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def marked(mark: str) -> bool:
    return (Path(os.environ['FSS_MM_MARKS']) / mark).exists()


class Mortal(RaySegmenter):
    """Killed by Ray before a block, and as a process behind one."""

    def __call__(self, batch):
        import ray

        if once('actor'):
            ray.kill(ray.get_runtime_context().current_actor, no_restart=False)
        found = super().__call__(batch)
        if once('process'):  # what it has written is there, what it would say is lost
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class OnAMachineThatFails(RaySegmenter):
    """Behind its second block its machine goes, with what is in memory there.

    The actor on the other machine waits for that with its first block.
    """

    done = 0

    def __call__(self, batch):
        import ray

        on_head = ray.get_runtime_context().get_node_id() == os.environ['FSS_MM_HEAD']
        found, start = super().__call__(batch), time.time()
        while on_head and not marked('machine') and time.time() < start + 60:
            time.sleep(0.1)
        self.done += 1
        if self.done == 2 and not on_head and once('machine'):
            os.kill(os.getppid(), signal.SIGKILL)  # Ray's own process on that machine
            os.kill(os.getpid(), signal.SIGKILL)
        return found


@pytest.fixture(scope='module')
def cluster(tmp_path_factory):
    """Two machines, of one core each, and a folder in which it is marked who died."""
    ray = pytest.importorskip('ray')
    from ray.cluster_utils import Cluster

    marks = tmp_path_factory.mktemp('marks')
    machines = Cluster()
    head = machines.add_node(num_cpus=1, object_store_memory=MEMORY)
    environment = dict(
        PYTHONPATH=str(ROOT), FSS_MM_MARKS=str(marks), FSS_MM_HEAD=head.node_id
    )
    ray.init(
        address=machines.address,
        runtime_env=dict(env_vars=environment),
        log_to_driver=False,
    )
    machines.add_node(num_cpus=1, object_store_memory=MEMORY)
    yield marks
    ray.shutdown()
    machines.shutdown()


@pytest.fixture
def photographs(tmp_path):
    """40 pictures, one that is none, and a shard of three."""
    folder = tmp_path / 'photographs'
    folder.mkdir()
    for number in range(40):
        image, _ = square(RED, (8, 8, 8 + number, 16))
        cv2.imwrite(str(folder / f'{number:02d}.png'), image)
    with tarfile.open(tmp_path / 's.tar', 'w') as shard:
        for number in range(3):
            shard.add(folder / f'{number:02d}.png', f'x{number}.png')
    (folder / 'bad.jpg').write_text('no picture')
    return folder


@pytest.fixture
def run(model, tmp_path):
    cfg = color_config()
    cfg.custom_imports = dict(imports=['tests.inference.conftest'])
    cfg.dump(tmp_path / 'colors.py')
    model.add_class('red', *square(RED))

    def run(inputs, segmenter=RaySegmenter, actors=1, **job):
        listed = listed_inputs(inputs)
        job = BlockJob(str(tmp_path / 'out'), **job)
        opened_by = dict(model=str(tmp_path / 'colors.py'), device='cpu')
        return run_on_ray(
            model, opened_by, listed, job, 6, actors=actors, segmenter=segmenter
        )

    return run


def require_all(out):
    for number in range(40):
        mask = np.array(Image.open(out / f'{number:02d}.png'))
        assert mask.sum() == (8 + number) * 16
    assert len(list(out.glob('*.png'))) == 40


def test_an_actor_and_a_process_are_killed(cluster, run, photographs, tmp_path):
    found = run(photographs, Mortal)
    assert {'actor', 'process'} <= {path.name for path in cluster.iterdir()}
    assert found.done + found.before == 40 and list(found.skipped) == ['bad.jpg']
    require_all(tmp_path / 'out')
    again = run(photographs)
    assert (again.done, again.before) == (0, 40)


@pytest.mark.parametrize('pack', ['tar', 'parquet'])
def test_shards_in_and_packs_out(cluster, run, photographs, tmp_path, pack):
    inputs = [photographs, tmp_path / 's.tar']
    for done, before in ((43, 0), (0, 43)):
        found = run(inputs, pack=pack)
        assert (found.done, found.before) == (done, before)
        assert list(found.skipped) == ['bad.jpg']
    parts = sorted((tmp_path / 'out').glob('part-*'))
    counts = [read_pack(part)[0] for part in parts]
    assert counts == [6, 6, 6, 6, 6, 6, 4, 3]


def test_what_goes_wrong_on_a_machine_is_said_here(cluster, run, photographs, tmp_path):
    (tmp_path / 'list.txt').write_text('photographs/00.png\n')
    run(tmp_path / 'list.txt')
    (tmp_path / 'out/photographs/00.png').unlink()
    (tmp_path / 'out/photographs').rmdir()
    (tmp_path / 'out/photographs').touch()
    with pytest.raises(
        ChildProcessError, match='File exists; 0 images were done'
    ) as caught:
        run(tmp_path / 'list.txt')
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ValueError, match='queries are files, shards or videos'):
        run([NamedInput('frame', np.zeros((4, 4, 3), np.uint8))])


def test_a_machine_is_killed(cluster, run, photographs, tmp_path):
    """The last test: there is one machine behind it."""
    found = run(photographs, OnAMachineThatFails, actors=2)
    assert 'machine' in {path.name for path in cluster.iterdir()}
    assert found.done + found.before == 40 and list(found.skipped) == ['bad.jpg']
    require_all(tmp_path / 'out')
