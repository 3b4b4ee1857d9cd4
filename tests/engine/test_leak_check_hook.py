"""Classes and images that training and testing must not share."""

import logging
import multiprocessing
import os
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch.distributed as dist
from mmengine.config import Config

from fss_mm.apis import train
from fss_mm.engine import LeakCheckHook
from fss_mm.engine.hooks.leak_check_hook import check_leaks
from fss_mm.engine.leaks import (
    candidate_images,
    few_shot_datasets,
    samples_of,
    shared_images,
)
from tests.conftest import FOUR, write_mask
from tests.engine.test_safe_checkpoint_hook import config


def leaks_of(*datasets, **kwargs):
    with pytest.raises(ValueError) as error:
        check_leaks(*([dataset] for dataset in datasets), **kwargs)
    return str(error.value)


def test_one_folder_whose_novel_images_are_dropped(make_dataset):
    """17 images without 'ant' to train; 6 of 'ant' and a corner of it to test."""
    level, text = check_leaks([make_dataset()], [make_dataset(test_mode=True)], False)
    assert level == logging.INFO and text == (
        '3 classes, 17 images in training; 1 held-out classes (ant), 7 images: no '
        'held-out class has a pixel of supervision, no image is shared (by path and '
        'content)'
    )


def test_one_folder_whose_novel_images_are_kept(make_dataset, voc_tree):
    """Only those with another class can be drawn: 1_5 for 'bee', 4_5 for 'dog'."""
    sides = make_dataset(novel_images='keep'), make_dataset(test_mode=True)
    text = leaks_of(*sides, allow_shared_images=False)
    images = voc_tree / 'JPEGImages'
    assert '2 of 7 images of validation or test episodes are trained' in text
    assert f'{images}/1_5.jpg, {images}/4_5.jpg' in text
    assert "novel_images='drop'" in text and 'allow_shared_images=True' in text
    assert 'held-out classes' not in text, 'background is no supervision of a class'
    level, text = check_leaks(*([side] for side in sides), True)
    assert level == logging.WARNING and 'BUT (allow_shared_images=True) 2 of 7' in text


def test_training_of_another_fold(make_dataset):
    """'ant' on 10 x (10 + ... + 14) pixels and on a corner of 16."""
    sides = make_dataset(fold=1), make_dataset(test_mode=True)
    for allowed in (False, True):
        text = leaks_of(*sides, allow_shared_images=allowed)
        assert "trained: 'ant' (6 images, 616 pixels). Hold them out" in text
        assert ('6 of 7 images' in text) != allowed, 'classes are never allowed'


def test_a_supervised_model_is_tested_on_what_it_learned(make_dataset):
    """By an option, which leaves the check of images as it is."""
    sides = make_dataset(fold=1), make_dataset(test_mode=True)
    text = leaks_of(*sides, allow_shared_images=False, allow_trained_classes=True)
    assert 'held-out classes' not in text and 'images of validation or test' in text
    level, text = check_leaks(*([side] for side in sides), True, True)
    assert level == logging.WARNING
    assert re.search(r"'ant' \(\d images, \d+ pixels\) \(allow_trained_cl", text)
    assert 'of validation or test episodes are trained' in text


def test_classes_of_other_tables_are_compared_by_name(make_dataset):
    sides = (
        make_dataset(metainfo=dict(classes=('x', 'Bee_Eater', 'cat', 'dog')), fold=0),
        make_dataset(metainfo=dict(classes=('bee eater', *'abc')), test_mode=True),
    )
    assert "'Bee_Eater' (6 images" in leaks_of(*sides, allow_shared_images=False)
    sides = (
        make_dataset(metainfo=dict(classes=('x', 'tv', 'cat', 'dog')), fold=0),
        make_dataset(metainfo=dict(classes=('TV-monitor', *'abc')), test_mode=True),
    )
    assert "'tv' (6 images" in leaks_of(*sides, allow_shared_images=False)


def link_relatively(old, new):
    new.symlink_to(old.name)


@pytest.mark.parametrize('put', [shutil.copyfile, os.link, link_relatively])
def test_an_image_under_another_name(make_dataset, voc_tree, put):
    images = voc_tree / 'JPEGImages'
    put(images / '2_0.jpg', images / 'other.jpg')
    mask = np.zeros((30, 40), np.uint8)
    mask[:9] = 1
    write_mask(voc_tree / 'SegmentationClassAug/other.png', mask)
    (voc_tree / 'held.txt').write_text('1_0\n1_1\nother\n')
    held_out = make_dataset(split='held.txt', test_mode=True)
    text = leaks_of(make_dataset(), held_out, allow_shared_images=False)
    assert (
        f'1 of 3 images of validation or test episodes are trained: {images}/' in text
    )
    assert f'other.jpg (in training: {images}/2_0.jpg).' in text


def test_content_decides_among_files_of_one_size(tmp_path, monkeypatch):
    content = bytes(range(256)) * 20
    files = dict(a=content, b=content[:-1] + b'x', c=content[:2560] + b'x' * 2560)
    for name, data in (files | dict(twin=content)).items():
        (tmp_path / name).write_bytes(data)
    stats = {p.name: p.stat() for p in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    train, held_out = (
        {n: stats[n] for n in side} for side in ('a', ('b', 'c', 'twin'))
    )
    assert shared_images(train, held_out) == {'twin': 'a'}
    assert shared_images({}, held_out) == shared_images(train, {}) == {}


def test_images_without_files_are_compared_by_name():
    from fss_mm.datasets import FewShotShapesDataset

    def make(split, **kwargs):
        return FewShotShapesDataset(split, num_images=20, side=32, fold=0, **kwargs)

    held_out = make('val', test_mode=True)
    _, text = check_leaks([make('train')], [held_out], False)
    assert text.endswith('no image is shared (by name)')
    kept = make('val', novel_images='keep')
    both = candidate_images([kept]).keys() & candidate_images([held_out]).keys()
    text = leaks_of(kept, held_out, allow_shared_images=False)
    assert both and f'{len(both)} of' in text and min(both) in text


class Log(list):
    """A logger that keeps what it is told."""

    def log(self, level, text):
        self.append((logging.getLevelName(level), text))

    def warning(self, text):
        self.log(logging.WARNING, text)


def check(train, val=None, allow_unchecked=False, **cfg):
    """Run the hook on data sets, and return what it says."""
    runner = SimpleNamespace(
        logger=Log(),
        cfg=Config(dict(model={}) | cfg),
        train_dataloader=SimpleNamespace(dataset=train),
        val_loop=val,
        val_dataloader=SimpleNamespace(dataset=val),
    )
    LeakCheckHook(allow_unchecked=allow_unchecked).before_train(runner)
    return runner.logger


def test_wrappers_are_looked_into(make_dataset):
    ours, foreign = make_dataset(), object()
    inner = SimpleNamespace(datasets=dict(a=ours, b=foreign))
    assert few_shot_datasets([SimpleNamespace(datasets=[inner, ours])]) == (
        [ours, ours],
        [foreign],
    )
    said = check(inner, make_dataset(test_mode=True), allow_unchecked=True)
    assert said[0][0] == 'WARNING'
    assert said[0][1].startswith(
        'leak check: NOT CHECKED (allow_unchecked=True): of the training data set '
        'object no episodes are drawn'
    )
    assert said[1][0] == 'INFO' and 'no image is shared' in said[1][1]


class Ordinary:
    """A data set of mmseg's kind."""

    def __init__(self, *classes):
        self.metainfo = dict(classes=classes)


@pytest.mark.parametrize(
    'ordinary, words',
    [
        (Ordinary('Bee', 'ANT', 'eel'), "held-out classes among its own: 'ANT'; train"),
        (Ordinary('bee', 'eel'), 'none of the 1 held-out classes is among its 2'),
        (object(), 'it does not name its classes'),
        (Ordinary(), 'it does not name its classes'),
    ],
)
def test_training_that_cannot_be_checked_fails(make_dataset, ordinary, words):
    """Also beside training data without fault."""
    val = make_dataset(test_mode=True)
    for train_data in ordinary, SimpleNamespace(datasets=[make_dataset(), ordinary]):
        with pytest.raises(ValueError, match='so that it cannot be checked: ') as error:
            check(train_data, val)
        assert words in str(error.value)
        assert "dict(type='LeakCheckHook', allow_unchecked=True)" in str(error.value)


def test_what_cannot_be_checked_is_said(make_dataset):
    val = make_dataset(test_mode=True)
    said = check(object(), val, allow_unchecked=True)
    assert 'allow_unchecked=True' in said[0][1]
    assert said[1][1].endswith('for want of training data that have candidates')
    said = check(val, object())
    assert said[0][1] == 'leak check: object has no candidates and is not checked'
    assert said[1][1].endswith(
        'for want of validation and test data that have candidates'
    )
    for anything in val, object():
        (said,) = check(anything)
        assert said[1].endswith(
            'for want of validation and test data that have candidates'
        )


def test_the_test_data_are_built_of_the_config(make_dataset, voc_tree):
    common = dict(
        type='FewShotSegDataset', data_root=str(voc_tree), img_dir='JPEGImages',
        mask_dir='SegmentationClassAug', metainfo=FOUR, test_mode=True,
    )  # fmt: skip
    test = dict(dataset=dict(**common, fold=2))
    with pytest.raises(ValueError, match=r"'cat' \(7 images, 766 pixels"):
        check(make_dataset(), test_dataloader=test)
    val = make_dataset(test_mode=True)
    missing = dict(dataset=common | dict(data_root='nowhere', fold=0))
    said = check(make_dataset(), val, test_dataloader=missing)
    assert 'THE TEST DATA ARE NOT CHECKED: ' in said[0][1] and len(said) == 2
    with pytest.raises(FileNotFoundError):
        make_dataset(data_root='nowhere')


def test_training_stops_before_its_first_step(tmp_path):
    good = config(tmp_path, **{'train_cfg.max_iters': 1, 'train_cfg.val_interval': 9})
    good.val_dataloader = good.val_cfg = good.val_evaluator = None
    good.default_hooks.checkpoint.save_best = None
    good.test_dataloader.dataset.update(num_images=100, side=32)
    train(good)
    assert 'leak check: 15 classes' in next(tmp_path.glob('*/*.log')).read_text()
    (tmp_path / 'bad').mkdir()
    bad = config(tmp_path / 'bad', **{'train_dataloader.dataset.fold': 1})
    with pytest.raises(ValueError, match=r"'plain disc' \(\d+ images, \d+ pixels\)"):
        train(bad)
    assert not list((tmp_path / 'bad').glob('*.pth'))


def fail_in_a_process(rank, folder):
    """Two processes, of which the first finds a leak."""
    dist.init_process_group('gloo', f'file://{folder}/store', rank=rank, world_size=2)
    hook = LeakCheckHook()

    def leak(runner):
        assert rank == 0, 'only the first process looks'
        raise OSError('a leak')

    hook._check = leak
    try:
        hook.before_train(None)
    except Exception as error:
        (folder / str(rank)).write_text(f'{type(error).__name__}: {error}')
    dist.barrier()


def test_all_processes_fail_together(tmp_path):
    context = multiprocessing.get_context('fork')  # nothing is imported anew
    started = [
        context.Process(target=fail_in_a_process, args=(rank, tmp_path), daemon=True)
        for rank in range(2)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    said = [(tmp_path / rank).read_text() for rank in '01']
    assert said == ['OSError: a leak', 'ValueError: a leak']


def test_black_margins_do_not_make_files_alike(tmp_path):
    """What is sampled of a file lies all over it, and all of a small one is."""
    pixels = np.zeros((512, 512), dtype=np.uint8)
    found = set()
    for place in (0, 70, 511):
        changed = pixels.copy()
        changed[place] = 7
        (tmp_path / 'a').write_bytes(changed.tobytes())
        found.add(samples_of(tmp_path / 'a'))
    assert len(found) > 1
    for size in (0, 1, 2047, 2048, 2049, 5000):
        (tmp_path / 'a').write_bytes(bytes(size))
        assert samples_of(tmp_path / 'a') == (size, bytes(min(size, 2048)))
