import pytest

from fss_mm.engine.loops import episodic_train_loop
from tests.engine.test_safe_checkpoint_hook import config


@pytest.mark.parametrize('world, size, epochs', [(1, 2, 1), (1, 4, 2), (4, 2, 180)])
def test_length_follows_from_pairs_batch_and_processes(
    tmp_path, monkeypatch, world, size, epochs
):
    from mmengine.runner import Runner

    cfg = config(tmp_path, **{'train_dataloader.batch_size': size})
    cfg.train_cfg = dict(type='EpisodicTrainLoop', max_epochs=epochs, val_interval=2)
    runner = Runner.from_cfg(cfg)
    monkeypatch.setattr(episodic_train_loop, 'get_world_size', lambda: world)
    loop = runner.build_train_loop(cfg.train_cfg)
    pairs = len(loop.dataloader.dataset.candidates.pairs)
    assert loop.max_iters == epochs * pairs // (size * world)
