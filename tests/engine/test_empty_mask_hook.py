"""Masks that lose their class in resizing: told, counted, and refused if all do."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.runner import Runner
from PIL import Image

from fss_mm.apis import evaluate, train
from fss_mm.datasets import FewShotFolderDataset
from fss_mm.engine import EmptyMaskHook
from fss_mm.engine.empty_supports import require_supports, supports_by_class
from fss_mm.engine.hooks import empty_mask_hook
from fss_mm.episodes import EpisodicSampler, FixedEpisodeSampler
from tests.conftest import LOAD, write_mask
from tests.engine.test_safe_checkpoint_hook import config as training_config

RESIZE = dict(type='Resize', scale=(32, 32))
LOST = {'0', '1', '2', '3'}
REFUSAL = (
    r"^no support shows a pixel of its class: 'dot' \(\d supports at 32 x 32\) "
    r'\(height x width\): small objects vanish .* Use a larger size in support_pipeline'
)


@pytest.fixture
def dots(tmp_path):
    """Images of 96 x 96: 'dot' is one pixel, 'box' 30 x 30.

    Of every third row, 32 in all, the dots of images 0 to 3 are in none.
    """
    root = tmp_path / 'dots'
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    random = np.random.default_rng(0)
    for i in range(12):
        mask = np.zeros((96, 96), np.uint8)
        if i < 8:
            mask[30 + 3 * i + (i < 4), 9] = 1
        else:
            mask[i : i + 30, 20:50] = 2
        pixels = random.integers(0, 256, (96, 96, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / f'images/{i}.png')
        write_mask(root / f'masks/{i}.png', mask)
    (root / 'lost.txt').write_text('0\n1\n2\n3\n8\n9\n10\n')
    return root


def data(root, **kwargs):
    return (
        dict(
            type='FewShotFolderDataset',
            data_root=str(root),
            classes=('dot', 'box'),
            novel_classes=('dot', 'box'),
            query_pipeline=[*LOAD, RESIZE],
            support_pipeline=[*LOAD, RESIZE],
            test_mode=True,
        )
        | kwargs
    )


@pytest.fixture
def make_config(config, dots):
    def make(shots=1, **kwargs):
        cfg = config('prototype', shots=shots, episodes=30)
        query = [LOAD[0], RESIZE, LOAD[1]]
        cfg.test_dataloader.dataset = data(
            dots, query_pipeline=query, num_shots=shots, **kwargs
        )
        return cfg

    return make


@pytest.mark.parametrize('shots', [1, 2])
def test_both_loops_count_alike_and_the_report_tells(
    make_config, episodes_of, tmp_path, shots
):
    reports = []
    for loop in ('TestLoop', 'EncodeOnceTestLoop'):
        found = episodes_of(make_config(shots), type=loop)
        report = json.loads((tmp_path / 'report.json').read_text())
        reports.append({k: report[k] for k in ('episodes', 'empty_masks', 'mean')})
    assert reports[0] == reports[1]
    for episode in found:
        dot = episode['class_id'] == 1
        shown = [0 if s in LOST else 1 for s in episode['supports']]
        assert episode['support_size'] == '32 x 32'
        assert not dot or episode['support_pixels'] == shown
        assert dot or min(episode['support_pixels']) > 80
        assert episode['query_pixels'] == (1 if dot else 900), 'at its own size'
    dots = [e['support_pixels'] for e in found if e['class_id'] == 1]
    empty, blind = sum(d.count(0) for d in dots), dots.count([0] * shots)
    assert 0 < empty < shots * len(dots) and 0 < blind < len(dots)
    assert report['empty_masks'] == dict(supports=dict(dot=empty), queries={})
    line = f"their class: 'dot': {empty} of {shots * len(dots)} supports at 32 x 32"
    if shots > 1:
        line += f' (all in {blind} of {len(dots)} episodes)'
    assert f'{line}. Such masks' in (tmp_path / 'report.md').read_text()


def test_a_query_scored_at_a_size_at_which_it_is_empty(
    make_config, episodes_of, tmp_path
):
    cfg = make_config(novel_classes=('dot',))
    cfg.test_evaluator.score_size = 'input'
    cfg.test_dataloader.dataset.query_pipeline = [*LOAD, RESIZE]
    found = episodes_of(cfg)
    for episode in found:
        assert episode['query_pixels'] == (episode['query'] not in LOST)
    empty = sum(e['query'] in LOST for e in found)
    assert f'{empty} of {len(found)} queries' in (tmp_path / 'report.md').read_text()
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['empty_masks']['queries'] == dict(dot=empty)


@pytest.mark.parametrize('loop', ['TestLoop', 'EncodeOnceTestLoop'])
def test_a_test_whose_supports_all_vanish_gives_no_score(make_config, tmp_path, loop):
    cfg = make_config(split='lost.txt')
    cfg.test_cfg = dict(type=loop)
    with pytest.raises(ValueError, match=REFUSAL) as error:
        evaluate(cfg, report=tmp_path / 'report.json')
    assert 'box' not in str(error.value) and not (tmp_path / 'report.json').exists()


@pytest.mark.parametrize('part', ['train', 'val'])
def test_a_training_on_vanishing_supports_ends_before_its_first_step(
    dots, tmp_path, part
):
    cfg = training_config(tmp_path)
    own = dict(split='lost.txt', novel_classes=('box',), test_mode=False)
    if part == 'val':
        own = dict(split='lost.txt')
        cfg.custom_hooks = []
    cfg[f'{part}_dataloader'].dataset = data(dots, **own)
    with pytest.raises(ValueError, match=REFUSAL):
        train(cfg)
    assert not list(tmp_path.glob('*.pth'))


def test_training_warns_once_and_tells_the_totals(dots, tmp_path, monkeypatch):
    cfg = training_config(tmp_path)
    own = dict(novel_classes=('box',), test_mode=False, num_shots=2)
    cfg.train_dataloader.dataset = data(dots, **own)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=6)
    cfg.custom_hooks = []
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        cfg[key] = None
    cfg.default_hooks.checkpoint.save_best = None
    runner = Runner.from_cfg(cfg)
    said = []
    monkeypatch.setattr(runner.logger, 'warning', said.append)
    runner.train()
    dataset = FewShotFolderDataset(**{k: v for k, v in data(dots, **own).items()
                                      if k != 'type'})  # fmt: skip
    sampler = EpisodicSampler(dataset, seed=runner.seed)
    episodes = [episode for episode, _ in zip(sampler, range(12))]
    names = dataset.index.names
    lost = [[names[i] in LOST for i in e.supports] for e in episodes]
    queries = sum(names[e.query] in LOST for e in episodes)
    lines = [line for line in said if 'dot' in line]
    assert len(lines) == 2
    assert "'dot': a mask shows no pixel of it behind the pipeline (" in lines[0]
    assert 'at 32 x 32' in lines[0]
    assert lines[1].startswith(
        f"training: Masks without a pixel of their class: 'dot': {sum(map(sum, lost))} "
        f'of 24 supports at 32 x 32 (all in {sum(map(all, lost))} of 12 episodes), '
        f'{queries} of 12 queries. '
    )
    assert 0 < sum(map(sum, lost)) < 24 and queries


def test_totals_are_those_of_all_processes(monkeypatch):
    hooks = [EmptyMaskHook(), EmptyMaskHook()]
    said = []
    runner = SimpleNamespace(logger=SimpleNamespace(warning=said.append))
    for hook, pixels in zip(hooks, [(0, 7), (0, 0)]):
        sample = SimpleNamespace(
            class_name='dot',
            class_pixels=5,
            support_class_pixels=pixels,
            support_img_shapes=((8, 9), (8, 9)),
            support_names=('a', 'b'),
            query_name='q',
            img_shape=(8, 9),
        )
        sample.get = lambda name, own=sample: vars(own).get(name)
        sample.metainfo = vars(sample)
        hook.after_train_iter(runner, 0, dict(data_samples=[sample]))
    assert [line.count('a at 8 x 9') for line in said] == [1, 1]
    gathered = [hook.counts for hook in hooks]
    monkeypatch.setattr(empty_mask_hook, 'all_gather_object', lambda own: gathered)
    said.clear()
    hooks[0].after_train(runner)
    (line,) = said
    assert '3 of 4 supports at 8 x 9 (all in 1 of 2 episodes)' in line
    hooks[0].after_train_iter(runner, 0, dict(data_samples=None))  # not episodic


def loader_of(dataset, sampler):
    return SimpleNamespace(dataset=dataset, sampler=sampler)


def build(root, **kwargs):
    config = data(root, **kwargs)
    config.pop('type')
    return FewShotFolderDataset(**config)


def test_the_supports_of_a_list_are_looked_at_and_little_is_loaded(dots, monkeypatch):
    dataset = build(dots)
    sampler = FixedEpisodeSampler(dataset, num_episodes=9)
    found = supports_by_class(loader_of(dataset, sampler))
    drawn = {(e.class_id, i) for e in sampler.all_episodes() for i in e.supports}
    assert {(c, r.image) for c, own in found.items() for r in own} == drawn
    endless = supports_by_class(loader_of(dataset, EpisodicSampler(dataset, seed=0)))
    assert {c: [r.image for r in own] for c, own in endless.items()} == {
        c: images.tolist() for c, images in dataset.candidates.images.items()
    }
    loaded, load = [], dataset.load_image
    monkeypatch.setattr(
        dataset, 'load_image', lambda role, words: loaded.append(role) or load(role)
    )
    require_supports(loader_of(dataset, EpisodicSampler(dataset, seed=0)))
    assert [role.image for role in loaded].count(dataset.index.names.index('8')) <= 1
    assert len(loaded) <= 4 + 1 + 1, 'four dots are lost, and one of each class shows'


def test_what_cannot_be_looked_at_is_left_to_the_loop(dots):
    require_supports(loader_of([1, 2], None))
    dataset = build(dots, split='lost.txt', novel_classes=('dot',))
    (dots / 'images/2.png').write_bytes(b'none')
    loader = loader_of(dataset, EpisodicSampler(dataset, seed=0))
    require_supports(loader)  # whether image 2 shows the class is not known


def test_a_pipeline_that_draws_has_several_tries(dots):
    """A random scale shows one pixel now and then."""
    scale = dict(type='RandomResize', scale=(32, 32), ratio_range=(1.0, 3.0))
    dataset = build(
        dots, split='lost.txt', novel_classes=('dot',), support_pipeline=[*LOAD, scale]
    )
    require_supports(loader_of(dataset, EpisodicSampler(dataset, seed=0)))
