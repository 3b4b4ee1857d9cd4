"""Encoding once at the edges: many sizes, processes, twins, divergence, training."""

import random

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from PIL import Image

from fss_mm.datasets import FewShotShapesDataset
from fss_mm.engine.loops.episode_stream import EpisodeStream
from fss_mm.engine.loops.stepping_aside import reason_to_step_aside
from fss_mm.models import FewShotSegmentor, FineTuning
from fss_mm.registry import DATASETS, MODELS, TRANSFORMS
from tests.conftest import FOUR, LOAD, ROOT
from tests.engine import test_safe_checkpoint_hook as training
from tests.engine.conftest import TUNING

# ---- images of many sizes ----------------------------------------------------------


@pytest.fixture
def many_sizes(voc_tree, tmp_path):
    """Queries and supports as they are on disk, each of its own size."""
    for i, path in enumerate(sorted((voc_tree / 'JPEGImages').glob('*.jpg'))):
        size = (24 + 8 * (i % 6), 20 + 4 * (i % 7))
        mask = voc_tree / 'SegmentationClassAug' / f'{path.stem}.png'
        Image.open(path).resize(size).save(path)
        Image.open(mask).resize(size, Image.NEAREST).save(mask)
    cfg = Config.fromfile(ROOT / 'configs/shapes/simprop_fold0.py')
    cfg.work_dir = str(tmp_path / 'work')
    cfg.model.backbone.update(frozen=True, norm_eval=True)
    cfg.test_dataloader.dataset = dict(
        type='FewShotSegDataset',
        data_root=str(voc_tree),
        img_dir='JPEGImages',
        mask_dir='SegmentationClassAug',
        metainfo=FOUR,
        novel_classes=(1, 2),
        test_mode=True,
        query_pipeline=LOAD,
    )
    cfg.test_dataloader.sampler.update(num_episodes=12, seeds=[0])
    return cfg


@pytest.fixture
def plans(monkeypatch):
    """How many tasks each plan was made of."""
    made = []
    plan = EpisodeStream._plan

    def counted(self, tasks):
        made.append(len(tasks))
        return plan(self, tasks)

    monkeypatch.setattr(EpisodeStream, '_plan', counted)
    return made


def test_images_of_many_sizes(many_sizes, episodes_of, plans):
    """Where images are larger than those measured, what is left is planned anew."""
    plain = episodes_of(many_sizes, type='TestLoop')
    assert len({tuple(e['counts'][2:]) for e in plain}) > 1
    assert episodes_of(many_sizes, batch_size=3) == plain
    assert plans == [12]
    plans.clear()
    assert episodes_of(many_sizes, max_gib=5e-5) == plain
    assert len(plans) > 1 and plans == sorted(plans, reverse=True)
    assert plans[0] == 12 and len(set(plans)) == len(plans), 'each gets on'


def test_workers_change_nothing(many_sizes, episodes_of):
    plain = episodes_of(many_sizes, type='TestLoop')
    many_sizes.test_dataloader.num_workers = 2
    assert episodes_of(many_sizes, max_gib=5e-5) == plain


def test_a_budget_without_end(config, episodes_of):
    assert episodes_of(config(), max_gib=float('inf')) == episodes_of(config())


# ---- processes ---------------------------------------------------------------------


def test_more_processes_than_tasks(config, monkeypatch):
    cfg = config(episodes=3, seeds=(0,))
    cfg.test_cfg = dict(type='EncodeOnceTestLoop')
    runner = runner_of(cfg)
    loop, shares = runner.test_loop, []
    for rank in range(7):
        monkeypatch.setattr(
            'fss_mm.engine.loops.encode_once_loops.get_dist_info',
            lambda rank=rank: (rank, 7),
        )
        stream = loop._stream(runner.model.eval(), loop.dataloader)
        shares.append([sample.number for sample, *_ in stream])
        assert len(stream) == len(shares[-1])
    assert [] in shares and sorted(sum(shares, [])) == [0, 1, 2]


# ---- where it would change a result ------------------------------------------------


@DATASETS.register_module()
class LoadsItself(FewShotShapesDataset):
    """Does something to whole episodes."""

    def __getitem__(self, episode):
        return super().__getitem__(episode)


@MODELS.register_module()
class OwnForward(FewShotSegmentor):
    """Does something around a prediction."""

    def forward(self, inputs, data_samples, mode='tensor'):
        return super().forward(inputs, data_samples, mode)


@TRANSFORMS.register_module()
class TorchNoise:
    """As torchvision's transforms, which draw from torch's generator."""

    def __call__(self, results):
        results['img'] = results['img'] + torch.randint(9, (1,)).numpy().astype('u1')
        return results


def runner_of(cfg):
    for part in ('train', 'val'):
        cfg[f'{part}_dataloader'] = cfg[f'{part}_cfg'] = None
    cfg.optim_wrapper = cfg.param_scheduler = cfg.val_evaluator = None
    cfg.experiment_name = f'more{random.random()}'
    return Runner.from_cfg(cfg)


NOISE = dict(query_pipeline=[dict(type='LoadFewShotMask'), dict(type='TorchNoise')])


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'test_dataloader.dataset.type': 'LoadsItself'},
         'LoadsItself has a __getitem__ of its own'),
        ({'model.type': 'OwnForward'}, 'OwnForward has a forward of its own'),
        ({'test_dataloader.collate_fn': dict(type='default_collate')},
         'the loader has a collate_fn of its own, default_collate'),
        ({'test_dataloader.dataset': NOISE}, 'the query pipeline draws at random'),
    ],
)  # fmt: skip
def test_what_has_a_way_of_its_own_steps_aside(config, change, reason):
    cfg = config()
    cfg.merge_from_dict(change)
    runner = runner_of(cfg)
    loader = runner.test_dataloader
    assert reason_to_step_aside(runner.model.eval(), loader) == reason


# ---- a query under several classes -------------------------------------------------


@TRANSFORMS.register_module()
class DarkForOddClasses:
    """Pixels that depend on the class, and not on chance."""

    def __call__(self, results):
        results['img'] = results['img'] // (1 + results['class_id'] % 2)
        return results


@pytest.mark.parametrize('batch_size', [1, 4])
@pytest.mark.parametrize('by_class', [False, True])
def test_a_query_under_several_classes_is_encoded_once(
    config, episodes_of, encoded, batch_size, by_class
):
    """If its pixels are the same."""
    cfg = config(episodes=40)
    cfg.test_dataloader.dataset.num_images = 80
    if by_class:
        cfg.test_dataloader.dataset.query_pipeline = [
            dict(type='LoadFewShotMask'), dict(type='DarkForOddClasses')
        ]  # fmt: skip
    plain = episodes_of(cfg, type='TestLoop')
    encoded.clear()
    assert episodes_of(cfg, batch_size=batch_size) == plain
    key = (lambda c: c % 2) if by_class else (lambda c: 0)
    classes = {(e['query'], e['class_id']) for e in plain}
    images = {(name, key(c)) for name, c in classes}
    made = sum(pair[0] for pair in encoded)
    assert len(images) < len(classes)
    # images that are dark for some classes may return behind them
    assert len(images) <= made <= len(classes) if by_class else made == len(images)


# ---- fine-tuning at several scales -------------------------------------------------


@pytest.mark.parametrize('bad', [0.5, 1.0])
def test_what_diverges_at_one_scale_has_diverged(config, episodes_of, monkeypatch, bad):
    size, flags, expected = {0.5: 4, 1.0: 8}[bad], {}, {}
    adapt, write = FineTuning.adapt, FewShotSegmentor.write_predictions

    def failing(self, segmentor, supports, seed):
        at_scale = supports.levels[0].shape[-1] == size
        return not (at_scale and seed % 2) and adapt(self, segmentor, supports, seed)

    def noted(self, logits, samples, *args):
        done = write(self, logits, samples, *args)
        for sample in done:
            flags[sample.seed, sample.number] = sample.get('diverged', False)
            expected[sample.seed, sample.number] = bool(sample.support_set_seed % 2)
        return done

    monkeypatch.setattr(FineTuning, 'adapt', failing)
    monkeypatch.setattr(FewShotSegmentor, 'write_predictions', noted)
    counts = []
    for kind in ('TestLoop', 'EncodeOnceTestLoop'):
        flags.clear()
        cfg = config(shots=2, fine_tuning=TUNING, test_scales=(0.5, 1.0))
        counts.append(episodes_of(cfg, type=kind))
        assert flags == expected and set(flags.values()) == {False, True}, kind
    assert counts[0] == counts[1]


# ---- validation in a training ------------------------------------------------------


def test_a_training_goes_on_as_behind_the_plain_loop(tmp_path):
    """With dropout, which draws from the generator that loaders draw from."""
    states = []
    for kind in ('ValLoop', 'EncodeOnceValLoop'):
        (folder := tmp_path / kind).mkdir()
        changes = {
            'model.decode_head.dropout': 0.5,
            'model.fine_tuning': dict(TUNING, steps=1),
            'train_cfg.max_iters': 6,
            'val_dataloader.dataset.num_shots': 2,
            'val_cfg.type': kind,
            'default_hooks.checkpoint': None,
        }
        cfg = training.config(folder, **changes)
        model = Runner.from_cfg(cfg).train()
        states.append(model.state_dict())
        tensors = [*model.parameters(), *model.buffers()]
        assert not any(tensor.is_inference() for tensor in tensors)
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
        assert np.isfinite(value.float().numpy()).all()
