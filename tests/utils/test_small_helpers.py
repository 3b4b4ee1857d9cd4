import random
from argparse import ArgumentParser

import numpy as np
import pytest

from fss_mm.utils.config_options import load_config
from fss_mm.utils.files import write_atomically
from fss_mm.utils.local_seed import local_seed
from fss_mm_cli.options import add_config_arguments
from tests.conftest import ROOT


def test_a_failed_write_leaves_the_former_file(tmp_path):
    path = tmp_path / 'a.txt'
    write_atomically(path, lambda file: file.write(b'old'))

    def fail(file):
        file.write(b'ne')
        raise OSError('full')

    with pytest.raises(OSError, match='full'):
        write_atomically(path, fail)
    assert path.read_bytes() == b'old' and list(tmp_path.iterdir()) == [path]
    write_atomically(path, lambda file: file.write(b'new'))
    assert path.read_bytes() == b'new'


def draw():
    return random.random(), np.random.rand()


def test_local_seed_is_a_function_of_its_words_and_disturbs_nothing():
    random.seed(1)
    np.random.seed(1)
    expected = [draw(), draw()]
    random.seed(1)
    np.random.seed(1)
    first = draw()
    with local_seed(3, 4, 5):
        a = draw()
    with local_seed(3, 4, 6):
        b = draw()
    second = draw()
    with local_seed(3, 4, 5):
        assert draw() == a != b
    assert [first, second] == expected


def options(*words):
    parser = ArgumentParser()
    parser.add_argument('config')
    add_config_arguments(parser)
    return load_config(parser.parse_args([str(w) for w in words]))


def test_fold_and_shot_write_the_datasets_fields():
    cfg = options(ROOT / 'configs/shapes/simprop_fold0.py', '--fold', 2, '--shot', 5)
    loaders = [cfg[f'{part}_dataloader'].dataset for part in ('train', 'val', 'test')]
    assert [d.fold for d in loaders] == [2, 2, 2]
    assert [d.num_shots for d in loaders] == [1, 5, 5], 'training stays as configured'
    assert cfg.work_dir == 'work_dirs/shapes_simprop_fold0_fold2'
    assert options(cfg.filename, '--work-dir', 'x').work_dir == 'x'
    other = options(ROOT / 'configs/coco20i/hsnet/fold0.py')
    assert other.work_dir == 'work_dirs/coco20i_hsnet_fold0'
