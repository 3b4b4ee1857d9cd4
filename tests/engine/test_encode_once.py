"""A test that encodes each image once scores what the plain loop scores."""

import random

import pytest
import torch
from mmengine.dist import get_dist_info
from mmengine.runner import Runner
from torch import nn

from fss_mm.datasets import FewShotSegDataset
from fss_mm.engine.loops.stepping_aside import reason_to_step_aside
from fss_mm.models import FewShotDecodeHead, FewShotSegmentor
from fss_mm.registry import MODELS, TRANSFORMS
from fss_mm.structures import FewShotHeadOutput
from tests.engine.conftest import HEADS, TUNING

GUIDED = dict(type='GuidedFilterRefiner')


@TRANSFORMS.register_module()
class DrawSometimes:
    """Draws at random for images whose number is odd."""

    def __call__(self, results):
        if int(results['name'][-1]) % 2:
            random.random()
        return results


@MODELS.register_module()
class ForwardOnlyHead(FewShotDecodeHead):
    """A head with nothing but a forward."""

    def forward(self, query, supports, with_support=False):
        query = self.reduce_query(query).levels[0]
        return FewShotHeadOutput(query[:, :2] - supports.levels[0].mean((1, 3, 4))[
            :, :2, None, None])  # fmt: skip


@pytest.mark.parametrize(
    ('head', 'shots', 'model'),
    [
        *((head, 1, {}) for head in HEADS),
        *((head, 5, {}) for head in HEADS if head != 'crnet'),
        ('crnet', 5, dict(shot_fusion=dict())),
        ('crnet', 5, dict(shot_fusion=dict(max_shots=2))),
        ('simprop', 5, dict(shot_fusion=dict())),
        ('simprop', 5, dict(shot_fusion=dict(rule='any'))),
        ('crnet', 3, dict(shot_fusion=dict(), fine_tuning=TUNING)),
        ('simprop', 3, dict(fine_tuning=TUNING)),
        ('canet', 2, dict(test_scales=(0.75, 1.0))),
        ('canet', 2, dict(test_scales=(0.75, 1.0), refiner=GUIDED)),
        ('crnet', 3, dict(shot_fusion=dict(), fine_tuning=TUNING, refiner=GUIDED)),
        ('prototype', 1, dict(refiner=GUIDED)),
    ],
)
def test_every_episode_is_predicted_as_in_the_plain_loop(
    config, episodes_of, predictions, head, shots, model
):
    """To the bit, with convolutions that sum alike in batches of any size."""
    with torch.backends.mkldnn.flags(enabled=False):
        plain = episodes_of(config(head, shots, 6, **model), type='TestLoop')
        expected = dict(predictions)
        predictions.clear()
        once = episodes_of(config(head, shots, 6, **model))
    assert len(once) == len(predictions) == 12 and once == plain
    for task, logits in predictions.items():
        assert logits.std() > 0, 'there is something to compare'
        assert torch.equal(logits, expected[task])


def test_each_image_is_encoded_once(config, episodes_of, encoded):
    cfg = config(shots=3, episodes=50)
    episodes = episodes_of(cfg)
    queries = {e['query'] for e in episodes}
    supports = {(name, e['class_id']) for e in episodes for name in e['supports']}
    assert len(queries) < 60 < len(episodes)
    assert [sum(column) for column in zip(*encoded)] == [len(queries), len(supports)]
    encoded.clear()
    episodes_of(cfg, type='TestLoop')
    assert [sum(column) for column in zip(*encoded)] == [100, 300]


def test_a_support_set_that_returns_is_learned_from_once(
    config, episodes_of, monkeypatch
):
    seen = []
    represent = FewShotSegmentor.represent

    def counted(self, shots, seeds=()):
        seen.extend(seeds)
        return represent(self, shots, seeds)

    monkeypatch.setattr(FewShotSegmentor, 'represent', counted)
    cfg = config(shots=2, episodes=40, fine_tuning=dict(TUNING, steps=1))
    cfg.test_dataloader.dataset.num_images = 60
    episodes = episodes_of(cfg)
    sets = {(e['class_id'], *e['supports']) for e in episodes}
    assert len(seen) == len(set(seen)) == len(sets) < len(episodes)


@pytest.mark.parametrize(('max_gib', 'batch_size'), [(2e-3, None), (3e-5, 3), (1, 4)])
def test_a_small_budget_and_larger_batches_change_nothing(
    config, episodes_of, encoded, max_gib, batch_size
):
    cfg = config('crnet', shots=2, episodes=30, shot_fusion=dict())
    whole = episodes_of(cfg)
    made = sum(map(sum, encoded))
    encoded.clear()
    assert episodes_of(cfg, max_gib=max_gib, batch_size=batch_size) == whole
    if max_gib < 1e-4:
        assert sum(map(sum, encoded)) > made, 'some are made again'


def test_a_budget_below_one_episode_names_the_number(config, episodes_of):
    with pytest.raises(ValueError, match=r'more than max_gib=1e-06 allows'):
        episodes_of(config('crnet'), max_gib=1e-6)
    with pytest.raises(ValueError, match='max_gib=0 and batch_size=None, expected'):
        episodes_of(config(), max_gib=0)


def test_several_processes_share_the_queries(
    config, episodes_of, encoded, monkeypatch, tmp_path
):
    """Each process's episodes, with the numbers of the whole test."""
    whole = episodes_of(config(shots=2))
    together, queries = [], 0
    for rank in range(3):
        encoded.clear()
        monkeypatch.setattr(
            'fss_mm.engine.loops.encode_once_loops.get_dist_info',
            lambda rank=rank: (rank, 3),
        )
        assert get_dist_info() == (0, 1)
        together += episodes_of(config(shots=2))
        queries += sum(pair[0] for pair in encoded)
    key = lambda e: (e['seed'], e['number'])  # noqa: E731
    assert sorted(together, key=key) == whole
    assert queries == len({(e['query'], e['class_id']) for e in whole})


def test_validation_is_encoded_once_as_well(config, encoded):
    scores = []
    for kind in ('ValLoop', 'EncodeOnceValLoop'):
        cfg = config(episodes=20, seeds=(3,))
        cfg.val_dataloader, cfg.val_cfg = cfg.test_dataloader, dict(type=kind)
        for part in ('train', 'test'):
            cfg[f'{part}_dataloader'] = cfg[f'{part}_cfg'] = None
        cfg.optim_wrapper = cfg.param_scheduler = cfg.test_evaluator = None
        cfg.experiment_name, cfg.default_hooks.checkpoint = kind, None
        torch.manual_seed(0)
        scores.append(Runner.from_cfg(cfg).val())
        if kind == 'ValLoop':
            encoded.clear()
    assert scores[0] == scores[1] and scores[0]['mIoU'] > 0
    assert sum(pair[0] for pair in encoded) < 20


def test_averaged_weights_are_validated_as_in_the_plain_loop(config):
    """mmengine's EMAHook swaps the weights behind the loop's start."""
    scores = {}
    for averaged in (True, False):
        for kind in ('ValLoop', 'EncodeOnceValLoop'):
            cfg = config(episodes=20, seeds=(3,))
            cfg.model.backbone.frozen = False
            cfg.optim_wrapper.optimizer.lr = 0.003
            cfg.val_dataloader, cfg.val_cfg = cfg.test_dataloader, dict(type=kind)
            cfg.train_dataloader.dataset.update(num_images=200, side=32)
            cfg.train_dataloader.batch_size = 2
            cfg.train_cfg.update(max_iters=2, val_interval=2)
            hook = dict(type='EMAHook', momentum=0.5, update_buffers=True)
            cfg.custom_hooks = [hook] if averaged else []
            cfg.default_hooks.checkpoint = None
            cfg.experiment_name = f'{kind}_{averaged}'
            runner = Runner.from_cfg(cfg)
            with torch.backends.mkldnn.flags(enabled=False):
                runner.train()
            history = runner.message_hub.get_scalar('val/mIoU')
            scores[kind, averaged] = history.current()
    assert scores['ValLoop', True] == scores['EncodeOnceValLoop', True]
    assert scores['ValLoop', False] == scores['EncodeOnceValLoop', False]
    assert scores['ValLoop', True] != scores['ValLoop', False]


# ---- where it would change a result ------------------------------------------------


def reason(cfg, change=lambda model: None):
    runner = Runner.from_cfg(_for_a_test(cfg))
    model = runner.model.eval()
    change(model)
    return reason_to_step_aside(model, runner.test_dataloader)


def _for_a_test(cfg):
    for part in ('train', 'val'):
        cfg[f'{part}_dataloader'] = cfg[f'{part}_cfg'] = None
    cfg.optim_wrapper = cfg.param_scheduler = cfg.val_evaluator = None
    cfg.experiment_name = f'reason{random.random()}'
    return cfg


def test_no_reason(config):
    assert reason(config()) is None


@pytest.mark.parametrize('role', ['query', 'support'])
def test_random_pipelines_step_aside(config, role):
    cfg = config()
    plain = dict(type='LoadFewShotMask')
    turned = [plain, dict(type='RandomFlip', prob=0.5)]
    pipelines = dict(query_pipeline=[plain], support_pipeline=[plain])
    cfg.test_dataloader.dataset.update(pipelines | {f'{role}_pipeline': turned})
    assert reason(cfg) == f'the {role} pipeline draws at random'


def test_statistics_of_the_batch_step_aside(config):
    def forget(model):
        norm = nn.BatchNorm2d(4, track_running_stats=False)
        model.decode_head.extra = norm.eval()

    assert 'extra' in reason(config(), forget)


def test_dropout_that_is_on_steps_aside(config):
    def wake(model):
        model.decode_head.decoder.fuse[2].train()

    assert reason(config(), wake).endswith('is on')


def test_what_has_a_way_of_its_own_steps_aside(config, episodes_of, encoded):
    cfg = config()
    cfg.model.decode_head = dict(
        type='ForwardOnlyHead', in_channels=(64,), in_index=(0,)
    )
    found = reason(cfg)
    assert found == 'ForwardOnlyHead has no represent and segment'
    cfg = config()
    cfg.model.decode_head = dict(
        type='ForwardOnlyHead', in_channels=(64,), in_index=(0,)
    )
    assert len(episodes_of(cfg)) == 18, 'and is tested all the same'
    assert sum(pair[0] for pair in encoded) == 18


def test_other_segmentors_and_data_step_aside(config, monkeypatch):
    class Own(FewShotSegmentor):
        def predict(self, inputs, data_samples):
            return super().predict(inputs, data_samples)

    cfg = config()
    runner = Runner.from_cfg(_for_a_test(cfg))
    loader, model = runner.test_dataloader, runner.model.eval()
    arguments = dict(cfg.model)
    arguments.pop('type')
    assert reason_to_step_aside(Own(**arguments).eval(), loader) == (
        'Own has a predict of its own'
    )
    assert 'is no FewShotSegmentor' in reason_to_step_aside(nn.Linear(1, 1), loader)
    monkeypatch.delattr(type(loader.sampler), 'all_episodes')
    assert reason_to_step_aside(model, loader) == (
        'FixedEpisodeSampler has no all_episodes'
    )


def test_precision_is_the_models(config, episodes_of):
    with pytest.raises(ValueError, match=r'fp16=True .* model=dict\(arithmetic=dict'):
        episodes_of(config(), fp16=True)


# ---- bad input ---------------------------------------------------------------------


def break_images(monkeypatch, broken, error):
    load = FewShotSegDataset.load_image

    def failing(self, role, *args):
        if broken(self.index.names[role.image]):
            raise error
        return load(self, role, *args)

    monkeypatch.setattr(FewShotSegDataset, 'load_image', failing)


@pytest.mark.parametrize('workers', [0, 2])
def test_an_image_that_fails_names_its_episodes(
    config, episodes_of, monkeypatch, tmp_path, workers
):
    cfg = config(episodes=4, seeds=(0,))
    name = episodes_of(cfg)[2]['supports'][0]
    for end in ('json', 'md'):
        (tmp_path / f'report.{end}').unlink()
    break_images(monkeypatch, lambda n: n == name, OSError(f'{name}.jpg: truncated'))
    cfg.test_dataloader.num_workers = workers
    with pytest.raises(OSError, match=rf'{name}.jpg: truncated.* need it \(.*0/2'):
        episodes_of(cfg)
    assert not (tmp_path / 'report.json').exists(), 'no score as if all were there'


def test_a_pipeline_that_draws_for_some_images_only(config, episodes_of):
    cfg = config(episodes=20)
    mask = dict(type='LoadFewShotMask')
    cfg.test_dataloader.dataset.update(
        query_pipeline=[mask], support_pipeline=[mask, dict(type='DrawSometimes')]
    )
    with pytest.raises(ValueError, match=r'drew at random.*first image'):
        episodes_of(cfg)


@pytest.mark.parametrize(
    'message',
    ['CUDA out of memory. Tried', "DefaultCPUAllocator: can't allocate memory"],
)
def test_a_full_memory_names_what_to_lower(config, episodes_of, monkeypatch, message):
    def full(self, scale, inputs):
        raise RuntimeError(message)

    monkeypatch.setattr(FewShotSegmentor, 'encode_at', full)
    with pytest.raises(MemoryError, match=r'lower max_gib \(now 4\) or batch_size'):
        episodes_of(config())
