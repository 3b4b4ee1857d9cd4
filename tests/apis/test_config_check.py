"""Keys that nobody reads are refused, and all that somebody reads are not."""

import re
from contextlib import nullcontext
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.hooks import Hook

from fss_mm.apis import check_config
from fss_mm.registry import HOOKS
from tests.conftest import ROOT
from tests.test_configs import CONFIGS, IDS, load


def config(*options, name='configs/shapes/simprop_fold0.py'):
    """A config with options, and the options."""
    given = dict(options)
    cfg = Config.fromfile(ROOT / name)
    cfg.merge_from_dict(given)
    return cfg, given


def refused(*options, **kwargs):
    with pytest.raises(ValueError) as error:
        check_config(*config(*options, **kwargs))
    return str(error.value)


@pytest.mark.parametrize('path', CONFIGS, ids=IDS)
def test_shipped_configs_pass(path: Path, monkeypatch):
    check_config(load(path, monkeypatch))


def test_types_are_looked_up_from_the_scope_of_a_package_on(tmp_path):
    """As mmengine writes it into bases such as ``fss_mm::shapes/simprop_fold0.py``."""
    loop = dict(type='IterBasedTrainLoop', max_iters=1, _scope_='fss_mm')
    net = dict(type='ResNet', depth=18, _scope_='mmseg')
    check_config(
        *config(('train_cfg', loop), ('model.backbone', net | dict(_delete_=True)))
    )
    loop['type'] = 'IterBasedTrainLop'
    assert "did you mean 'IterBasedTrainLoop'" in refused(('train_cfg', loop))


SLIPS = {
    'optim_wraper.lr': "'optim_wraper' of a config; did you mean 'optim_wrapper'?",
    'max_iters': "did you mean 'train_cfg.max_iters'?",
    'train_cfg.max_iter': "(IterBasedTrainLoop); did you mean 'max_iters'?",
    'train_dataloader.batchsize': "did you mean 'batch_size'?",
    'train_dataloader.dataset.num_shot': "unknown key 'num_shot' in "
    "train_dataloader.dataset (FewShotShapesDataset); did you mean 'num_shots'?",
    'train_dataloader.sampler.drwa': "(EpisodicSampler); did you mean 'draw'?",
    'val_evaluator.scores_size': "(FewShotIoUMetric); did you mean 'score_size'?",
    'test_cfg.max_gb': "(EncodeOnceTestLoop); did you mean 'max_gib'?",
    'model.decode_head.chanels': "(SimPropHead); did you mean 'channels'?",
    'model.decode_head.decoder.dilation': "(ASPPDecoder); did you mean 'dilations'?",
    'model.fine_tuning.stesp': "(FineTuning); did you mean 'steps'?",
    'model.arithmetic.precison': "(Arithmetic); did you mean 'precision'?",
    'model.data_preprocessor.input_channel_averaging.pro': "did you mean 'prob'?",
    'model.bakcbone.depth': "(DualLossSegmentor); did you mean 'backbone'?",
    'optim_wrapper.clip_grads': "(OptimWrapper); did you mean 'clip_grad'?",
    'optim_wrapper.optimizer.weight_decy': "(AdamW); did you mean 'weight_decay'?",
    'param_scheduler.0.start_facto': "(LinearLR); did you mean 'start_factor'?",
    'custom_hooks.1.allow_unchecke': "did you mean 'allow_unchecked'?",
    'default_hooks.chek_point.interval': "did you mean 'checkpoint'?",
    'randomness.sed': "did you mean 'seed'?",
    'env_cfg.cudnn_bench': "did you mean 'cudnn_benchmark'?",
    'log_processor.window': "(LogProcessor); did you mean 'window_size'?",
}


@pytest.mark.parametrize('key', SLIPS)
def test_slips_in_options(key):
    assert SLIPS[key] in refused((key, 1))


def test_slips_in_a_refiner():
    said = refused(('model.refiner', dict(type='GuidedFilterRefiner', radus=1)))
    assert "(GuidedFilterRefiner); did you mean 'radius'?" in said
    said = refused(('model.refiner', dict(type='GuidedFilter')))
    assert "unknown type 'GuidedFilter' in model.refiner; did you mean" in said


@pytest.mark.parametrize(
    ('key', 'slip', 'near'),
    [
        ('model.decode_head.type', 'SimPropHeda', 'SimPropHead'),
        ('model.backbone.type', 'TorchvisionBackbon', 'TorchvisionBackbone'),
        ('train_dataloader.dataset.type', 'FewShotShapes', 'FewShotShapesDataset'),
        ('test_dataloader.sampler.type', 'FixedEpisodes', 'FixedEpisodeSampler'),
        ('test_cfg.type', 'EncodeOnceTest', 'EncodeOnceTestLoop'),
        ('optim_wrapper.optimizer.type', 'AdmaW', 'AdamW'),
        ('custom_hooks.1.type', 'LeakCheckHok', 'LeakCheckHook'),
    ],
)
def test_slips_in_types(key, slip, near):
    place = key.removesuffix('.type')
    expected = f'unknown type {slip!r} in {place}; did you mean {near!r}?'
    assert expected in refused((key, slip))


def test_a_transform(monkeypatch):
    name = 'configs/simprop/fold0.py'
    path = 'train_dataloader.dataset.query_pipeline'
    assert "did you mean 'backend_args'?" in refused(
        (f'{path}.0.backend', 1), name=name
    )
    said = refused((f'{path}.1.type', 'LoadFewShotMak'), name=name)
    assert "did you mean 'LoadFewShotMask'?" in said


def test_all_slips_are_told_at_once():
    said = refused(('train_cfg.max_iter', 1), ('model.decode_head.type', 'SimPropHed'))
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize(
    ('slip', 'near'), [('defaut_hooks', 'default_hooks'), ('mqdel', 'model')]
)
def test_a_slip_at_the_top_of_a_file(slip, near):
    cfg, _ = config()
    cfg[slip] = dict()
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        check_config(cfg)


NAN, INF = float('nan'), float('inf')
VALUES = {
    # our own classes, their parents, the libraries'; through dicts without type
    'model.decode_head.channels': ('9', "channels='9', expected a whole number"),
    'model.decode_head.dropout': (None, 'dropout=None, expected a number'),
    'model.decode_head.decoder.dropout': (NAN, 'dropout=nan, expected a number'),
    'model.encode_together': (-7, 'expected True or False (DualLossSegmentor)'),
    'model.decode_head.fusion': (3, 'fusion=3, expected a dict or None'),
    'train_dataloader.batch_size': ([2], 'batch_size=[2], expected a whole number'),
    'train_dataloader.num_workers': (-1, 'num_workers=-1, expected at least 0'),
    'train_dataloader.dataset.min_pixels': (None, 'expected a whole number'),
    'train_dataloader.sampler.seed': ('x', "seed='x', expected a whole number or None"),
    'test_dataloader.sampler.num_episodes': (1.5, 'num_episodes=1.5, expected a whole'),
    'optim_wrapper.optimizer.weight_decay': ('x', "='x', expected a number (AdamW)"),
    'optim_wrapper.optimizer.lr': (INF, 'lr=inf, expected a finite number (AdamW)'),
    'optim_wrapper.optimizer.eps': (INF, 'eps=inf, expected a finite number (AdamW)'),
    'optim_wrapper.clip_grad.max_norm': (-7, 'max_norm=-7, expected above 0'),
    'optim_wrapper.clip_grad.max_nrm': (1, "did you mean 'max_norm'?"),
    'param_scheduler.0.start_factor': (0, 'start_factor=0, expected above 0 (LinearLR'),
    'param_scheduler.0.end_factor': (INF, 'end_factor=inf, expected a finite number'),
    'param_scheduler.1.power': (-7, 'power=-7, expected at least 0 (PolyLR)'),
    'model.query_loss_weight': (INF, 'query_loss_weight=inf, expected a finite number'),
    'train_cfg.max_iters': (0, 'max_iters=0, expected at least 1'),
    'default_hooks.logger.interval': (0, 'interval=0, expected at least 1'),
    'default_hooks.checkpoint.max_keep_ckpts': ('x', 'expected a whole number (Safe'),
    'custom_hooks.1.allow_unchecked': (None, 'expected True or False (LeakCheckHook)'),
    'randomness.deterministic': ('x', "deterministic='x', expected True or False"),
    'randomness.seed': ([3], 'randomness.seed=[3], expected a whole number or None'),
    'env_cfg.mp_cfg.opncv_num_threads': (0, "did you mean 'opencv_num_threads'?"),
    'env_cfg.mp_cfg': (3, 'env_cfg.mp_cfg=3, expected a dict'),
    'default_scope': (3, 'default_scope=3, expected a text'),
    'default_hooks': ('x', "default_hooks='x', expected a dict or None"),
    # where something is built
    'train_dataloader': (3, 'train_dataloader=3, expected a dict'),
    'train_dataloader.sampler': ([], "sampler=[], expected a dict with a 'type'"),
    'default_hooks.logger': (
        3,
        "default_hooks.logger=3, expected a dict with a 'type'",
    ),
    'model.decode_head.type': (3, 'model.decode_head.type=3, expected the name of a'),
    'model.decode_head.init_cfg.type': (3, 'init_cfg.type=3, expected the name of a'),
}


@pytest.mark.parametrize('key', VALUES)
def test_values_of_another_type(key):
    cfg, _ = config()
    *way, last = key.split('.')
    place = cfg
    for name in way:
        place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
    place[last] = VALUES[key][0]
    with pytest.raises(ValueError) as error:
        check_config(cfg)
    said = str(error.value).splitlines()
    assert any(VALUES[key][1] in line for line in said), said


@pytest.mark.parametrize(
    ('place', 'key', 'message'),
    [
        ('model', 'backbone', "model has no 'backbone', which DualLossSegmentor needs"),
        ('model.decode_head', 'type', "model.decode_head has no 'type'"),
        ('model.decode_head', 'in_channels', "no 'in_channels', which SimPropHead"),
        ('train_dataloader', 'dataset', "train_dataloader has no 'dataset'"),
        ('train_dataloader.dataset', 'type', "train_dataloader.dataset has no 'type'"),
        ('train_cfg', 'type', "train_cfg has no 'type'"),
        ('train_cfg', 'max_iters', "no 'max_iters', which IterBasedTrainLoop needs"),
        ('default_hooks.logger', 'type', "^default_hooks.logger has no 'type'$"),
        ('default_hooks.empty_masks', 'type', '^default_hooks.empty_masks has no'),
        ('optim_wrapper', 'optimizer', "no 'optimizer', which OptimWrapper needs"),
        ('test_evaluator', 'type', "test_evaluator has no 'type'"),
    ],
)
def test_what_is_missing(place, key, message):
    cfg, _ = config()
    part = cfg
    for name in place.split('.'):
        part = part[name]
    del part[key]
    with pytest.raises(ValueError, match=message):
        check_config(cfg)


@pytest.mark.parametrize(
    ('clip', 'message'),
    [
        (dict(max_norm=0), 'max_norm=0, expected above 0 (clip_grad_norm_)'),
        (dict(max_norm=NAN), 'max_norm=nan, expected a number (clip_grad_norm_)'),
        (dict(type='value', clip_value=0), 'clip_value=0, expected above 0'),
        (dict(max_norm=INF, norm_type=INF), None),  # measured alone; the largest
    ],
)
def test_clipping_that_trains_nothing(clip, message):
    cfg, _ = config(('optim_wrapper.clip_grad', clip))
    with (
        nullcontext()
        if message is None
        else pytest.raises(ValueError, match=message and re.escape(message))
    ):
        check_config(cfg)


@pytest.mark.parametrize(
    ('loop', 'message'),
    [
        (dict(by_epoch=False, max_iters=3), None),
        (dict(by_epoch=True, max_epochs=3), None),
        (
            dict(by_epoch=True, max_iters=3),
            "no 'max_epochs', which EpochBasedTrainLoop",
        ),
        (dict(by_epoch=False, max_iters=0), 'max_iters=0, expected at least 1'),
        (dict(by_epoch=None, max_iters=3), "train_cfg has no 'type'"),
    ],
)
def test_a_loop_by_epoch_or_not(loop, message):
    cfg, _ = config()
    cfg.train_cfg = loop
    with nullcontext() if message is None else pytest.raises(ValueError, match=message):
        check_config(cfg)


def test_a_slip_in_the_name_of_a_hook():
    """It would be registered beside the one that it was to replace."""
    cfg, _ = config()
    cfg.default_hooks.emqty_masks = cfg.default_hooks.empty_masks
    with pytest.raises(ValueError, match="did you mean 'empty_masks'"):
        check_config(cfg)


class AnyHook(Hook):
    def __init__(self, **kwargs):
        self.options = kwargs


def test_what_is_legal(monkeypatch):
    """Variables, the Runner's own keys, foreign modules, a list's items by place."""
    monkeypatch.setitem(HOOKS.module_dict, 'AnyHook', AnyHook)
    cfg, options = config(
        ('train_dataloader.pin_memory', True),
        ('train_dataloader.collate_fn', dict(type='pseudo_collate')),
        ('train_dataloader.persistent_workers', True),
        ('param_scheduler.0.start_factor', 0.2),
        ('custom_hooks.1.priority', 'LOW'),
        ('custom_imports', dict(imports=['mymodule'], allow_failed_imports=True)),
        ('default_hooks.mine', dict(type='AnyHook', whatever=1)),
        ('optim_wrapper.paramwise_cfg', dict(bias_lr_mult=2)),
        ('model.decode_head.init_cfg', dict(type='Kaiming', override=dict(name='x'))),
        ('visualizer', dict(type='Visualizer', name='v')),
        ('experiment_name', 'x'),
        ('default_hooks.empty_masks', None),
        ('model.query_loss_weight', 2),
        ('model.test_scales', [1, 2]),
        ('train_cfg.dynamic_intervals', [(1, 2)]),
        ('optim_wrapper.optimizer.betas', [0.9, 0.99]),
    )
    cfg._size = 417
    cfg.crop_size = cfg.train_pipeline = cfg.optimizer = 1
    cfg.custom_hooks.append(dict(type='ModuleOfMine', anything=1))
    check_config(cfg, options)


def test_mmsegs_own_pixel_samplers_pass():
    """A registry that is none of ours."""
    sampler = dict(type='OHEMPixelSampler', thresh=0.7)
    head = dict(type='FCNHead', in_channels=8, channels=4, num_classes=2)
    cfg, _ = config()
    cfg.model.decode_head = ConfigDict(**head, sampler=sampler)
    check_config(cfg)
    cfg.model.decode_head.num_class = 3
    with pytest.raises(ValueError, match="FCNHead.*did you mean 'num_classes'"):
        check_config(cfg)


def test_norms_as_mmseg_writes_them_pass():
    """mmcv takes ``requires_grad`` out before it builds the norm."""
    net = dict(type='mmseg.ResNet', depth=18, _delete_=True)
    norm = dict(type='BN', requires_grad=True)
    check_config(*config(('model.backbone', net | dict(norm_cfg=norm))))
    norm['require_grad'] = norm.pop('requires_grad')
    text = refused(('model.backbone', net | dict(norm_cfg=norm)))
    assert "'require_grad' in model.backbone.norm_cfg (BatchNorm2d)" in text
    assert "did you mean 'requires_grad'?" in text
