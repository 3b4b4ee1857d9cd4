"""A local Ray, of which an actor and a worker are killed."""

import json
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference.inputs import named_inputs
from fss_mm.inference.ray_job import RaySegmenter, read_file, run_on_ray
from tests.conftest import ROOT
from tests.inference.conftest import RED, color_config, square

pytestmark = pytest.mark.skipif(
    os.environ.get('FSS_MM_RAY_TESTS') != '1',
    reason='a local Ray takes half a minute to start: FSS_MM_RAY_TESTS=1 runs these',
)


def die_once(mark: str) -> None:
    """Kill this process, and no second one."""
    path = Path(os.environ['FSS_MM_MARKS']) / mark
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(RaySegmenter):
    def __call__(self, batch):
        found = super().__call__(batch)
        die_once('actor')
        return found


def mortal_reader(row):
    die_once('worker')
    return read_file(row)


@pytest.fixture(scope='module')
def cluster(tmp_path_factory):
    ray = pytest.importorskip('ray')
    marks = tmp_path_factory.mktemp('marks')
    environment = dict(PYTHONPATH=str(ROOT), FSS_MM_MARKS=str(marks))
    ray.init(
        address='local',  # not another cluster of this machine
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=200 * 2**20,
        runtime_env=dict(env_vars=environment),
        log_to_driver=False,
    )
    yield marks
    ray.shutdown()


@pytest.fixture
def setting(model, tmp_path, monkeypatch):
    cfg = color_config()
    cfg.custom_imports = dict(imports=['tests.inference.conftest'])
    cfg.dump(tmp_path / 'colors.py')
    model.add_class('red', *square(RED))
    model.save_classes(tmp_path / 'red.safetensors')
    (tmp_path / 'photographs').mkdir()
    for number in range(40):
        image, _ = square(RED, (8, 8, 8 + number, 16))
        cv2.imwrite(str(tmp_path / f'photographs/{number:02d}.png'), image)
    (tmp_path / 'photographs/bad.jpg').write_text('no picture')
    return dict(
        model=dict(model=str(tmp_path / 'colors.py')),
        classes=[tmp_path / 'red.safetensors'],
    )


def test_nothing_is_lost_and_nothing_twice(cluster, setting, tmp_path):
    inputs = list(named_inputs(tmp_path / 'photographs'))
    out = tmp_path / 'masks'
    mortal = dict(segmenter=Mortal, reader=mortal_reader)
    found = run_on_ray(inputs=inputs, out=out, **setting, **mortal)
    assert {path.name for path in cluster.iterdir()} == {'actor', 'worker'}
    assert (found.done, list(found.skipped)) == (40, ['bad.jpg'])
    for number in range(40):
        mask = np.array(Image.open(out / f'{number:02d}.png'))
        assert mask.sum() == (8 + number) * 16
    again = run_on_ray(inputs=inputs, out=out, **setting)
    assert (again.done, again.before) == (0, 40)


def test_rows_of_parquet(cluster, setting, tmp_path):
    import pyarrow.parquet
    from pycocotools.mask import area

    inputs = list(named_inputs(tmp_path / 'photographs'))
    out = tmp_path / 'rows'
    found = run_on_ray(inputs=inputs, out=out, parquet=True, **setting)
    assert found.done == 40
    tables = [pyarrow.parquet.read_table(p) for p in out.glob('*.parquet')]
    rows = [row for table in tables for row in table.to_pylist()]
    assert sorted(r['name'] for r in rows) == sorted(one.name for one in inputs)
    for row in rows:
        if not row['reason']:
            number = int(row['name'][:2])
            mask = json.loads(row['found'])['red']['rle']
            assert area(mask) == (8 + number) * 16
    with pytest.raises(FileExistsError, match='would be there twice'):
        run_on_ray(inputs=inputs, out=out, parquet=True, **setting)
    run_on_ray(inputs=inputs, out=out, parquet=True, overwrite=True, **setting)
    tables = [pyarrow.parquet.read_table(p) for p in out.glob('*.parquet')]
    assert sum(table.num_rows for table in tables) == len(inputs)
