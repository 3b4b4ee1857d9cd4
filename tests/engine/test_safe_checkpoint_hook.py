"""A disk that fills up leaves the previous checkpoint whole."""

import errno
import itertools
import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import CheckpointLoader, Runner
from torch.serialization import get_unsafe_globals_in_checkpoint

from fss_mm.apis import train
from fss_mm.engine import SafeCheckpointHook
from fss_mm.engine.file_backends import AtomicLocalBackend, DeferredRemoval
from fss_mm.utils import files
from tests.small_shapes import SMALL

NUMBERS = itertools.count()


def config(work_dir, **kwargs):
    cfg = Config.fromfile(Path(__file__).parents[2] / 'configs/shapes/simprop_fold0.py')
    cfg.merge_from_dict(
        SMALL
        | {
            'work_dir': str(work_dir),
            # mmengine shares logs and hubs of runs that begin in the same second
            'experiment_name': f'test_{next(NUMBERS)}',
            'val_dataloader.sampler.num_episodes': 5,
            'train_cfg.max_iters': 4,
            'default_hooks.checkpoint.interval': 2,
            'default_hooks.logger.interval': 1,
        }
        | kwargs
    )
    return cfg


def checkpoints(folder):
    return {path.name: path.read_bytes() for path in folder.glob('*.pth')}


def test_full_disk_keeps_the_previous_checkpoint(tmp_path, monkeypatch):
    """Writing fails half way through, as on a full disk, from iteration 3 on."""
    write, kept = files.write_atomically, {}

    def fill_up(path, content):
        if '4' not in Path(path).name:
            return write(path, content)
        kept.update(checkpoints(tmp_path))

        def half(file):
            file.write(b'x' * 1000)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        write(path, half)

    monkeypatch.setattr('fss_mm.engine.file_backends.write_atomically', fill_up)
    with pytest.raises(OSError, match='cannot save .*No space left.*--resume'):
        train(config(tmp_path))
    assert 'iter_2.pth' in kept and checkpoints(tmp_path) == kept
    assert not list(tmp_path.glob('.iter*')), 'no partial file is left'
    for name in kept:
        CheckpointLoader.load_checkpoint(str(tmp_path / name), map_location='cpu')
    monkeypatch.undo()
    train(config(tmp_path, resume=True))
    assert 'iter_4.pth' in checkpoints(tmp_path)


def test_outdated_checkpoints_go(tmp_path):
    best = train(config(tmp_path))
    names = sorted(checkpoints(tmp_path))
    assert names == sorted([best.name, 'iter_4.pth'])


def test_resuming_equals_not_stopping(tmp_path):
    """From an early best checkpoint and from a late one: the same weights."""
    (tmp_path / 'straight').mkdir()
    options = {'default_hooks.checkpoint.max_keep_ckpts': -1, 'train_cfg.max_iters': 6}
    options['default_hooks.checkpoint.rule'] = 'less'  # an early one is the best
    best = train(config(tmp_path / 'straight', **options))
    expected = torch.load(tmp_path / 'straight/iter_6.pth', weights_only=False)
    for start in ('iter_2.pth', 'iter_4.pth', best.name):
        folder = tmp_path / start
        folder.mkdir()
        cfg = config(folder, **options)
        cfg.load_from, cfg.resume = str(tmp_path / 'straight' / start), True
        train(cfg)
        resumed = torch.load(folder / 'iter_6.pth', weights_only=False)
        for key, value in expected['state_dict'].items():
            assert torch.equal(value, resumed['state_dict'][key]), key
        logs = [
            c['message_hub']['log_scalars']['train/loss'] for c in (expected, resumed)
        ]
        assert torch.equal(logs[0]['log'], logs[1]['log'])


def test_checkpoints_load_safely(tmp_path):
    """With torch's weights_only, and nothing allowed beyond its own."""
    best = train(config(tmp_path))
    for path in (best, tmp_path / 'iter_4.pth'):
        state = torch.load(path, map_location='cpu', weights_only=True)
        assert state['message_hub']['runtime_info']['best_score'] >= 0
        assert not get_unsafe_globals_in_checkpoint(path)


def test_validation_picks_the_best(tmp_path):
    cfg = config(tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    info = runner.message_hub.runtime_info
    history = runner.message_hub.get_scalar('val/mIoU').data[0]
    assert info['best_score'] == max(history)


def test_resuming_elsewhere_spares_the_former_folder(tmp_path):
    for name in ('old', 'new'):
        (tmp_path / name).mkdir()
    train(config(tmp_path / 'old'))
    before = sorted(checkpoints(tmp_path / 'old'))
    cfg = config(tmp_path / 'new', **{'train_cfg.max_iters': 8})
    cfg.load_from, cfg.resume = str(tmp_path / 'old/iter_4.pth'), True
    train(cfg)
    assert sorted(checkpoints(tmp_path / 'old')) == before


def test_removal_waits_and_spares_other_folders(tmp_path):
    """Files and, as some strategies of mmengine save them, folders."""
    here, there = tmp_path / 'here', tmp_path / 'there'
    paths = [here / 'old.pth', here / 'folder', there / 'old.pth', here / 'gone.pth']
    there.mkdir()
    (here / 'folder' / 'below').mkdir(parents=True)
    for path in (paths[0], paths[2]):
        path.touch()
    backend = DeferredRemoval(AtomicLocalBackend(), here)
    for path in paths:
        backend.rmtree(str(path)) if path.is_dir() else backend.remove(str(path))
    assert [backend.exists(path) for path in paths] == [True, True, True, False]
    backend.carry_out()
    assert [path.exists() for path in paths] == [False, False, True, False]
    paths[0].touch()
    backend.carry_out()
    assert paths[0].exists(), 'what is done is done once'


def test_what_is_published_keeps_its_past(tmp_path):
    best = train(
        config(tmp_path, **{'default_hooks.checkpoint.published_keys': 'state_dict'})
    )
    (published,) = tmp_path.glob(f'{best.stem}-*.pth')
    state = torch.load(published, weights_only=True)
    assert state.keys() == {'state_dict', 'meta'}
    assert len(state['meta']['training_history']['classes']) == 15


def test_an_unknown_argument_is_refused_at_once():
    """mmengine's hook hands it on to the first save, in the middle of a training."""
    with pytest.raises(ValueError, match="no argument 'interval_s'; did you mean 'int"):
        SafeCheckpointHook(interval_s=3)
