"""A work folder holds one run; of several files the right one is taken."""

import pytest
import torch

from fss_mm.apis import train
from fss_mm.engine.work_folder import (
    best_checkpoint,
    find_checkpoint,
    last_checkpoint,
    of_one_line,
    require_unused,
)
from tests.engine.test_safe_checkpoint_hook import config


def write(folder, name, runs=None):
    """A checkpoint of these runs, at the iteration that its name says."""
    meta = dict(iter=int(name.rpartition('_')[2]))
    meta |= {} if runs is None else dict(runs=runs)
    torch.save(dict(meta=meta), folder / f'{name}.pth')


def test_the_last_one(tmp_path):
    assert last_checkpoint(tmp_path / 'nowhere') is None
    assert last_checkpoint(tmp_path) is None
    for name in ('iter_9', 'iter_10', 'best_mIoU_iter_11', 'iter_2'):
        write(tmp_path, name)
    (tmp_path / 'iter_x.pth').touch()
    assert last_checkpoint(tmp_path).name == 'iter_10.pth'
    note = tmp_path / 'last_checkpoint'
    note.touch()  # empty, as a full disk leaves it
    assert last_checkpoint(tmp_path).name == 'iter_10.pth'
    note.write_text('some/other/place/iter_2.pth')  # the folder was copied
    assert last_checkpoint(tmp_path).name == 'iter_2.pth'
    note.write_text('iter_3.pth')  # which is gone
    assert last_checkpoint(tmp_path).name == 'iter_10.pth'


def test_what_came_about_on_the_way_to_another():
    a, b, c = ('a', 0), ('b', 4), ('c', 4)
    assert of_one_line(([a], 2), ([a], 6)) and of_one_line(([a], 6), ([a], 2))
    assert of_one_line(([a], 4), ([a, b], 6)) and of_one_line(([a, b], 5), ([a], 4))
    assert not of_one_line(([a], 5), ([a, b], 6)), 'behind the point of return'
    assert not of_one_line(([a, b], 5), ([a, c], 5))
    assert not of_one_line(([('x', 0)], 2), ([a], 2))
    assert not of_one_line(([], 2), ([a], 2)), 'a file that does not say'
    assert of_one_line(([], 2), ([('a', 3)], 4)), 'which was resumed at 3'


def test_the_best_one_is_of_the_last_run(tmp_path):
    with pytest.raises(FileNotFoundError, match='no best_mIoU_iter_'):
        best_checkpoint(tmp_path)
    write(tmp_path, 'best_mIoU_iter_8', [('old', 0)])
    assert best_checkpoint(tmp_path).name == 'best_mIoU_iter_8.pth'
    write(tmp_path, 'iter_4', [('new', 0)])
    with pytest.raises(FileNotFoundError, match='of the run that iter_4.pth belongs'):
        best_checkpoint(tmp_path)
    write(tmp_path, 'best_mIoU_iter_2', [('new', 0)])
    assert find_checkpoint(tmp_path).name == 'best_mIoU_iter_2.pth'
    assert find_checkpoint(tmp_path / 'iter_4.pth').name == 'iter_4.pth'


def test_a_used_folder_is_not_mixed_into(tmp_path):
    """Nothing of the former run is lost; resumed, it goes on."""
    cfg = config(tmp_path, **{'train_cfg.max_iters': 2})
    first = train(cfg)
    before = {p.name: p.read_bytes() for p in tmp_path.glob('*.pth')}
    with pytest.raises(FileExistsError, match='holds best_.*--resume, or give another'):
        train(config(tmp_path))
    assert {p.name: p.read_bytes() for p in tmp_path.glob('*.pth')} == before
    train(config(tmp_path, resume=True))
    assert last_checkpoint(tmp_path).name == 'iter_4.pth'
    assert first is not None and best_checkpoint(tmp_path).is_file()
    (tmp_path / 'other').mkdir()
    write(tmp_path / 'other', 'iter_1')
    cfg = config(
        tmp_path / 'other', resume=True, load_from=str(tmp_path / 'iter_4.pth')
    )
    with pytest.raises(FileExistsError, match='holds iter_1.pth of another run'):
        train(cfg)
    require_unused(tmp_path / 'new')
