"""Weights of strangers are read as plain data, by whatever path they come in."""

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint
from torch import nn

from fss_mm.apis import evaluate, load_segmentor, train
from fss_mm.engine import checkpoint_schemes
from fss_mm.registry import MODELS
from fss_mm.utils.checkpoint_files import UnreadableWeights
from tests.conftest import Planted
from tests.engine.test_safe_checkpoint_hook import config


def in_test(cfg, path):
    evaluate(cfg, path)


def in_load_from(cfg, path):
    cfg.load_from = path
    train(cfg)


def in_resume(cfg, path):
    cfg.load_from, cfg.resume = path, True
    train(cfg)


def in_backbone(cfg, path):
    cfg.model.backbone.weights = path
    train(cfg)


def in_backbone_of_mmseg(cfg, path):
    weights = dict(type='Pretrained', checkpoint=path)
    MODELS.build(dict(type='ResNet', depth=18, init_cfg=weights)).init_weights()


def in_init_cfg(cfg, path):
    cfg.model.decode_head.init_cfg = dict(type='Pretrained', checkpoint=path)
    train(cfg)


def in_inspection(cfg, path):
    load_segmentor(cfg, path)


def in_mmengine(cfg, path):
    load_checkpoint(nn.Linear(2, 1), path)


PATHS = [
    in_test,
    in_load_from,
    in_resume,
    in_backbone,
    in_backbone_of_mmseg,
    in_init_cfg,
    in_inspection,
    in_mmengine,
]


@pytest.mark.parametrize('come_in', PATHS)
def test_no_command_is_run(tmp_path, come_in):
    planted, path = Planted(tmp_path), tmp_path / 'stranger.pth'
    meta = dict(epoch=0, iter=0, hello=planted)
    torch.save(dict(state_dict={}, meta=meta, message_hub={}), path)
    (tmp_path / 'run').mkdir()
    with pytest.raises(UnreadableWeights, match='To read them would run code'):
        come_in(config(tmp_path / 'run'), str(path))
    assert not planted.ran()


def test_no_program_in_the_text_is_run(tmp_path):
    """mmengine executes ``meta['config']`` when it resumes."""
    (tmp_path / 'run').mkdir()
    cfg = config(tmp_path / 'run', **{'train_cfg.max_iters': 2})
    train(cfg)
    checkpoint = torch.load(tmp_path / 'run/iter_2.pth', weights_only=True)
    trace = tmp_path / 'trace'
    checkpoint['meta']['config'] = f'open({str(trace)!r}, "w")'
    torch.save(checkpoint, tmp_path / 'run/iter_2.pth')
    cfg = config(tmp_path / 'run', **{'train_cfg.max_iters': 4, 'resume': True})
    train(cfg)
    assert (tmp_path / 'run/iter_4.pth').is_file() and not trace.exists()


def test_every_reader_of_mmengine_is_ours():
    for scheme, reader in CheckpointLoader._schemes.items():
        assert reader.__module__ == checkpoint_schemes.__name__, scheme


def test_names_of_weights(tmp_path, monkeypatch):
    """Each is looked up in mmengine's table, and fetched."""
    path, asked = tmp_path / 'w.pth', []
    torch.save(dict(state_dict={'backbone.w': torch.ones(1), 'head.w': 0}), path)
    monkeypatch.setattr(
        checkpoint_schemes, 'fetch', lambda url: asked.append(url) or path
    )
    load = CheckpointLoader.load_checkpoint
    for name in ('torchvision://resnet50', 'open-mmlab://vgg16_caffe', 'https://a/b'):
        assert 'state_dict' in load(name, 'cpu', 'silent')
    assert list(load('mmcls://vgg11', 'cpu', 'silent')['state_dict']) == ['w']
    assert len(asked) == 4 and all(url.startswith('https://') for url in asked)
    with pytest.raises(ValueError, match="'nothing' is none of the weights"):
        load('torchvision://nothing', 'cpu', 'silent')
    for name in ('s3://a/b.pth', 'x:petrel://b.pth', 'pavi://c'):
        with pytest.raises(ValueError, match='is not fetched; download it'):
            load(name, 'cpu', 'silent')
