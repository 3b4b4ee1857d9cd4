"""Weights carry what they were ever trained on."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from fss_mm.apis import evaluate, train
from fss_mm.datasets.class_synonyms import fold_name, fold_names
from fss_mm.datasets.folds import COCO_CLASSES, VOC_CLASSES
from fss_mm.engine.past_of_weights import past_of, remarks_on, weights_files
from fss_mm.engine.training_history import (
    TrainingHistory,
    hashes_of_images,
    history_in,
    history_of_training,
)
from fss_mm.registry import MODELS
from fss_mm.utils.checkpoint_files import read_checkpoint
from tests.engine.test_safe_checkpoint_hook import config


def run(folder, fold, **kwargs):
    """Train two iterations on a fold."""
    folder.mkdir(exist_ok=True)
    parts = {
        f'{part}_dataloader.dataset.fold': fold for part in ('train', 'val', 'test')
    }
    cfg = config(folder, **({'train_cfg.max_iters': 2} | parts | kwargs))
    cfg.test_dataloader.dataset.update(num_images=100, side=32)
    cfg.test_dataloader.sampler.update(num_episodes=2, seeds=(0,))
    return cfg


def score(folder, fold, weights):
    cfg = run(folder, fold)
    return evaluate(cfg, weights)


def test_names_of_one_class():
    """Of the 20 classes of VOC all are classes of COCO."""
    assert fold_name('Dining_Table') == fold_name('diningtable') == 'diningtable'
    assert fold_name('TV') == fold_name('tvmonitor') and fold_name('Couch') == 'sofa'
    coco = {fold_name(name) for name in COCO_CLASSES}
    assert len(coco) == 80 and {fold_name(name) for name in VOC_CLASSES} <= coco
    assert fold_names(['tv', 'TV monitor', 'owl']) == dict(tvmonitor='tv', owl='owl')


def test_histories_add_up():
    one = TrainingHistory(('tv', 'owl'), ('A',), np.array([1, 5]))
    both = one | TrainingHistory(
        ('tvmonitor', 'ant'), ('B', 'A'), np.array([3, 5]), ('w',)
    )
    assert both.classes == ('tv', 'owl', 'ant') and both.datasets == ('A', 'B')
    assert both.images.tolist() == [1, 3, 5] and both.unknown == ('w',)
    assert both.among(['TV monitor', 'bee', 'Owl']) == ['TV monitor', 'Owl']
    again = history_in(dict(meta=dict(training_history=both.to_meta())), 'x')
    assert again.summary() == both.summary() and (again.images == both.images).all()
    assert (
        str(both)
        == '3 classes (tv, owl, ant) and 3 images of A, B, and UNKNOWN data (of w)'
    )
    assert str(TrainingHistory()) == 'nothing'


@pytest.mark.parametrize(
    ('checkpoint', 'classes'),
    [
        (dict(weight=torch.zeros(1)), ()),
        (dict(state_dict={}, meta=dict(epoch=1)), ()),
        (dict(meta=dict(dataset_meta=dict(classes=('a', 'b')))), ('a', 'b')),
        (
            dict(
                meta=dict(
                    dataset_meta=dict(classes=('a', 'b', 'c'), base_classes=(1, 3))
                )
            ),
            ('a', 'c'),
        ),
    ],
)
def test_what_others_wrote(checkpoint, classes):
    """The classes of the last training are all that it may say."""
    found = history_in(checkpoint, 'w.pth')
    assert found.classes == classes and found.unknown == ('w.pth',)


def test_what_a_training_adds(make_dataset):
    """'ant' is held out; the images of training are its candidates, by content."""
    dataset = make_dataset()
    wrapped = SimpleNamespace(
        datasets=[dataset, SimpleNamespace(metainfo=dict(classes=('cow',)))]
    )
    found = history_of_training([wrapped])
    assert found.classes == ('bee', 'cat', 'dog', 'cow')
    title = 'FewShotSegDataset (ImageSets/Segmentation/train.txt)'
    assert found.datasets == (title, 'SimpleNamespace')
    assert found.unknown == ('images of SimpleNamespace',)
    places = np.unique(np.concatenate(list(dataset.candidates.images.values())))
    assert len(found.images) <= len(places) and found.images_among([dataset])[0] == len(
        found.images
    )


def _dataset(folder, *paths):
    """Whose candidates are these files."""
    index = SimpleNamespace(names=[path.name for path in paths])
    candidates = SimpleNamespace(images={1: np.arange(len(paths))})
    return SimpleNamespace(
        index=index, candidates=candidates, img_dir=str(folder), img_suffix=''
    )


@pytest.mark.parametrize('rows', [slice(0, 80), slice(-80, None), slice(300, 380)])
def test_uncompressed_images_with_an_equal_middle_are_two(tmp_path, rows):
    """512 x 512 pixels, black but for some rows; each file is found again."""
    paths = [tmp_path / 'a.bmp', tmp_path / 'b.bmp', tmp_path / 'again.bmp']
    for path, value in zip(paths, (90, 200, 90)):
        pixels = np.zeros((512, 512), np.uint8)
        pixels[rows] = value
        Image.fromarray(pixels).save(path)
    history = TrainingHistory(images=hashes_of_images([_dataset(tmp_path, paths[0])]))
    others = _dataset(tmp_path, *paths[1:])
    assert history.images_among([others]) == (1, 2)


def test_trained_classes_are_refused_by_name(make_dataset):
    held_out = [make_dataset(test_mode=True)]
    assert remarks_on(TrainingHistory(('bee',)), held_out) == []
    seen = TrainingHistory(('A N-T', 'bee'), ('Other',))
    with pytest.raises(
        ValueError,
        match="1 of the 1 held-out classes were trained: 'ant'.*never saw them",
    ):
        remarks_on(seen, held_out)
    (line,) = remarks_on(seen, held_out, allowed='by x=True')
    assert line.endswith('(by x=True)')
    (line,) = remarks_on(TrainingHistory(unknown=('w.pth',)), held_out)
    assert 'UNKNOWN in part (w.pth does not say)' in line
    images = history_of_training([make_dataset(novel_images='keep')])
    (line,) = remarks_on(images, held_out)
    assert line == '2 of 7 held-out images were trained'


def test_files_of_weights_in_a_model(tmp_path, monkeypatch):
    """By any name that the readers of weights take, not by its ending."""
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / 'last.ckpt').touch()
    path, url = str(tmp_path / 'last.ckpt'), 'https://example.org/voc.pth'
    model = dict(
        backbone=dict(weights=path, init_cfg=dict(checkpoint='~/last.ckpt')),
        decode_head=[dict(init_cfg=[dict(type='Normal'), dict(checkpoint=url)])],
        neck=dict(weights='IMAGENET1K_V1', pretrained='no/file.pth'),
    )
    assert list(weights_files(model)) == [path, '~/last.ckpt', url]


@pytest.mark.parametrize('strict', [True, False, None])
def test_weights_that_a_checkpoint_may_leave_in_place(tmp_path, strict):
    """What does not fit is not loaded, and stays what the model's own file says."""
    paths = {}
    for name in ('ant', 'bee'):
        paths[name] = str(tmp_path / f'{name}.pth')
        meta = dict(training_history=TrainingHistory((name,)).to_meta())
        torch.save(dict(state_dict={}, meta=meta), paths[name])
    hooks = {} if strict is None else dict(checkpoint_content=dict(strict=strict))
    cfg = Config(
        dict(
            load_from=paths['ant'],
            model=dict(init_cfg=dict(checkpoint=paths['bee'])),
            default_hooks=hooks,
        )
    )
    assert past_of(cfg).classes == (('ant',) if strict else ('ant', 'bee'))


@pytest.mark.parametrize('resumed', [False, True])
def test_a_class_that_was_trained_once_is_known_for_ever(tmp_path, resumed):
    """Fold 0, then its weights on fold 1: neither fold is new any more."""
    first = tmp_path / 'first'
    train(run(first, 0))
    start = str(first / 'iter_2.pth')
    known = past_of(Config(dict(load_from=start, model={})))
    assert len(known.classes) == 15 and known.unknown == () and len(known.images) > 20
    with pytest.raises(ValueError, match='5 of the 5 held-out classes were trained'):
        score(tmp_path / 't', 1, start)
    again = dict(load_from=start, resume=resumed)
    match = (
        'is of a run with other classes' if resumed else 'held-out classes were trained'
    )
    with pytest.raises(ValueError, match=match):
        train(run(tmp_path / 'again', 1, **again))
    if resumed:
        return
    # trained all the same, without the check: the union is kept
    train(run(tmp_path / 'forced', 1, custom_hooks=[], **again))
    both = history_in(read_checkpoint(tmp_path / 'forced/iter_2.pth'), '')
    assert len(both.classes) == 20
    for fold in (0, 1):
        with pytest.raises(
            ValueError, match='5 of the 5 held-out classes were trained'
        ):
            score(tmp_path / f't{fold}', fold, str(tmp_path / 'forced/iter_2.pth'))


def test_resumed_with_other_rules_is_said(tmp_path):
    train(run(tmp_path / 'a', 0))
    cfg = run(tmp_path / 'a', 0, resume=True, **{'train_cfg.max_iters': 4})
    cfg.train_dataloader.dataset.min_pixels = 3
    train(cfg)
    logs = [path.read_text() for path in (tmp_path / 'a').glob('*/*.log')]
    assert sum('resumed with other data: min_pixels: 1 -> 3' in t for t in logs) == 1


@pytest.mark.parametrize('shared', [True, False])
def test_images_that_were_trained_are_said(tmp_path, shared):
    """With classes of its own, a training may see images that the test shows."""
    hooks = [dict(type='LeakCheckHook', allow_shared_images=True)]
    cfg = run(tmp_path / 'train', 0, custom_hooks=hooks)
    if shared:
        own = dict(split='test', num_images=100, novel_images='keep')
        cfg.train_dataloader.dataset.update(own)
    score(tmp_path / 'test', 0, train(cfg))
    (path,) = (tmp_path / 'test').glob('report_*.json')
    known = json.loads(path.read_text())['provenance']
    assert known['training_history']['num_images'] > 20
    assert bool(known.get('trained_images')) == shared
    text = path.with_suffix('.md').read_text()
    assert ('SOME IMAGES WERE TRAINED' in text) == shared


def test_weights_of_unknown_past(tmp_path):
    """A plain state dict: said in the log and in the report."""
    cfg = run(tmp_path / 'a', 0)
    path = tmp_path / 'plain.pth'
    torch.save(MODELS.build(cfg.model).state_dict(), path)
    evaluate(cfg, path)
    (report,) = (tmp_path / 'a').glob('report_*.md')
    assert 'WEIGHTS OF UNKNOWN PAST' in report.read_text()
    (log,) = (tmp_path / 'a').glob('*/*.log')
    assert 'UNKNOWN in part (plain.pth does not say)' in log.read_text()
