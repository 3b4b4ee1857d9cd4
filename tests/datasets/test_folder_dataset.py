"""A user's own data in three forms, with masks and candidates counted by hand."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from fss_mm.episodes import EpisodicSampler
from fss_mm.registry import DATASETS
from tests.conftest import ROOT
from tests.datasets.folder_forms import (
    CLASSES,
    IMAGES,
    MASKS,
    candidates,
    coco,
    instance,
    make,
    save_mask,
    truth,
    write_forms,
)


@pytest.fixture
def root(tmp_path) -> Path:
    return write_forms(tmp_path)


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_three_forms(root, form):
    dataset = make(root, form)
    assert dataset.classes == CLASSES and candidates(dataset) == IMAGES
    ignored = 0 if form == 'binary' else 255  # which a binary mask cannot say
    assert truth(dataset, 1, 'a') == [[1, 1, 0], [0, 0, ignored]]
    assert truth(dataset, 2, 'b') == [[0, 1, 1], [0, 0, 0]]
    assert truth(dataset, 3, 'c') == [[0, 0, 0], [1, 1, 1]]
    assert dataset.index.pixels.sum() == 2 + 3 + 4 + 2


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_a_rule_on_the_grid_is_of_every_form(root, form):
    """Of images of 2 x 3 pixels the grid is the one at (1, 1)."""
    dataset = make(root, form, novel_classes=('robin',), min_grid_pixels=1)
    assert candidates(dataset) == dict(robin=['c', 'd'])
    assert dataset.index.grid_pixels.sum() == 2


def test_objects_of_a_json_may_overlap(root):
    table = coco()
    table['annotations'].append(instance(0, 2, np.array(MASKS['a']) == 1))  # on an owl
    table['annotations'].append(instance(0, 1, np.eye(2, 3) > 0))  # a second owl
    (root / 'owls.json').write_text(json.dumps(table))
    dataset = make(root, 'json')
    assert candidates(dataset)['wren'] == ['a', 'b', 'c']
    assert truth(dataset, 1, 'a') == [[1, 1, 0], [0, 1, 255]]
    assert truth(dataset, 2, 'a') == [[1, 1, 0], [0, 0, 0]], 'a crowd of owls'


def test_binary_masks_of_ones_and_smoothed_ones(root):
    save_mask(root / 'binary/owl/a.png', [[1, 0, 0], [0, 0, 1]])
    save_mask(root / 'binary/owl/b.png', [[127, 128, 255], [1, 0, 0]])
    dataset = make(root, 'binary')
    assert truth(dataset, 1, 'a') == [[1, 0, 0], [0, 0, 1]]
    assert truth(dataset, 1, 'b') == [[0, 1, 1], [0, 0, 0]]
    assert dataset.index.images_with(1, min_pixels=2).tolist() == [0, 1]


def test_binary_masks_with_void_pixels(root):
    save_mask(root / 'binary/owl/a.png', [[1, 1, 0], [0, 0, 255]])
    save_mask(root / 'binary/wren/b.png', [[255, 1, 255], [255] * 3])
    save_mask(root / 'binary/wren/c.png', [[1, 255, 0], [2, 0, 0]])  # smoothed
    dataset = make(root, 'binary')
    assert truth(dataset, 1, 'a') == [[1, 1, 0], [0, 0, 255]]
    assert truth(dataset, 2, 'b') == [[255, 1, 255], [255] * 3]
    assert truth(dataset, 2, 'c') == [[0, 1, 0], [0, 0, 0]]
    assert dataset.index.images_with(1, min_pixels=2).tolist() == [0]
    owls, wrens = (dataset.index.class_ids == class_id for class_id in (1, 2))
    assert dataset.index.pixels[owls].tolist() == [2, 1]
    assert dataset.index.pixels[wrens].tolist() == [1, 1]


def test_classes_default_to_the_folders(root):
    dataset = make(root, 'binary', classes=None, novel_classes=('owl',))
    assert dataset.classes == ('owl', 'robin', 'wren')
    dataset = make(root, 'binary', classes=('wren', 'owl'), novel_classes=('owl',))
    assert candidates(dataset) == dict(owl=['a', 'b'])


def test_classes_from_a_text_file(root):
    (root / 'classes.txt').write_text('\ufeffowl\r\nwren\r\n\r\nrobin\r\n')
    assert make(root, classes='classes.txt').classes == CLASSES
    with pytest.raises(FileNotFoundError, match="no.txt' does not exist"):
        make(root, classes='no.txt')


def test_folds_by_name_and_from_a_seed(root):
    dataset = make(root, fold=1, folds=(('robin',), ('wren', 'owl')))
    assert dataset.novel_classes == (1, 2)
    drawn = [
        make(root, fold=f, folds=dict(num_folds=3, seed=5)).novel_classes
        for f in range(3)
    ]
    assert sorted(drawn) == [(1,), (2,), (3,)]
    seeds = {
        make(root, fold=0, folds=dict(num_folds=3, seed=seed)).novel_classes
        for seed in range(20)
    }
    assert len(seeds) == 3
    unused = make(root, novel_classes=(1,), folds=dict(num_folds=4))
    assert unused.novel_classes == (1,)


def test_nested_folders_and_other_formats(root):
    (root / 'images/at night').mkdir()
    (root / 'index/at night').mkdir()
    (root / 'images/a.png').rename(root / 'images/at night/a.PNG')
    (root / 'index/a.png').rename(root / 'index/at night/a.png')
    Image.open(root / 'images/b.png').save(root / 'images/b.bmp')
    (root / 'images/b.png').unlink()
    dataset = make(root)
    assert candidates(dataset)['owl'] == ['at night/a', 'b']
    assert truth(dataset, 1, 'at night/a') == [[1, 1, 0], [0, 0, 255]]


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_unicode_in_two_forms(root, form):
    """As an archive of macOS leaves them: names of masks, decomposed."""
    name, decomposed = (unicodedata.normalize(f, 'Käuzchen é') for f in ('NFC', 'NFD'))
    (root / 'images/a.png').rename(root / f'images/{name}.png')
    for folder in ('index', 'binary/owl'):
        (root / folder / 'a.png').rename(root / folder / f'{decomposed}.png')
    table = coco()
    table['images'][0]['file_name'] = f'{decomposed}.png'
    (root / 'owls.json').write_text(json.dumps(table))
    (root / 'some.txt').write_text(f'{decomposed}\nb\nc\nd\n')
    dataset = make(root, form, split='some.txt')
    assert candidates(dataset)['owl'] == [name, 'b']
    assert truth(dataset, 1, name)[0] == [1, 1, 0]


def test_a_split_leaves_other_files_out(root):
    (root / 'index/d.png').write_bytes(b'')
    (root / 'images/c.png').unlink()
    (root / 'some.txt').write_text('b\na\n')
    dataset = make(root, split='some.txt', novel_classes=('owl',))
    assert candidates(dataset) == dict(owl=['b', 'a'])
    (root / 'some.txt').write_text('a\nd\n')
    with pytest.raises(ValueError, match='index/d.png: an empty file'):
        make(root, split='some.txt')


def test_a_read_only_folder(root, monkeypatch, tmp_path_factory):
    import fss_mm.utils.files as module

    original, cache = module.tempfile.mkstemp, tmp_path_factory.mktemp('cache')

    def refuse(prefix, dir):
        if root in (dir, *dir.parents):
            raise OSError(30, 'Read-only file system')
        return original(prefix=prefix, dir=dir)

    monkeypatch.setenv('XDG_CACHE_HOME', str(cache))
    monkeypatch.setattr(module.tempfile, 'mkstemp', refuse)
    assert candidates(make(root)) == IMAGES
    assert list(cache.rglob('*.npz')) and not list(root.glob('*.npz'))


def test_the_base_config_loads_episodes(root):
    config = Config.fromfile(ROOT / 'configs/_base_/datasets/folder.py')
    for part, count in (('train', 2), ('val', 1), ('test', 1)):
        built = config[f'{part}_dataloader']['dataset'] | dict(
            data_root=str(root), mask_dir='binary', folds=dict(num_folds=3, seed=0)
        )
        built['novel_images'] = 'keep'  # wrens and robins share image c
        dataset = DATASETS.build(built)
        assert len(dataset.episode_classes) == count
        for episode, _ in zip(EpisodicSampler(dataset, seed=0), range(2)):
            item = dataset[episode]
            assert item['inputs']['query'].shape == (3, 321, 321)
            assert item['inputs']['support'].shape == (1, 3, 321, 321)
            sizes = (321, 321) if part == 'train' else (2, 3)
            assert item['data_samples'].gt_sem_seg.shape == sizes


# ---- which objects and classes are taken -------------------------------------------


def test_crowds_as_objects(root):
    dataset = make(root, 'json', crowds='objects')
    assert truth(dataset, 1, 'a') == [[1, 1, 0], [0, 0, 1]]
    assert dataset.index.pixels[0] == 3
    with pytest.raises(ValueError, match="crowds='all', expected one of"):
        make(root, 'json', crowds='all')


def test_categories_without_annotation_are_left_out(root):
    table = coco()
    table['categories'] += [dict(id=0, name='birds'), dict(id=9, name='eel')]
    (root / 'owls.json').write_text(json.dumps(table))
    dataset = make(root, 'json')
    assert dataset.classes == CLASSES
    assert (
        '2 categories without any annotation' in dataset.source.annotations.remarks[0]
    )
    named = make(root, 'json', classes=('eel', 'owl'), novel_classes=('owl',))
    assert named.classes == ('eel', 'owl'), 'it was asked for'


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_data_sets_with_other_readings_have_other_images(root, form):
    one, same = make(root, form), make(root, form)
    assert one.image_key(0) == same.image_key(0)
    assert make(root, 'json', crowds='objects').image_key(0) != one.image_key(0)


def test_a_json_is_read_once_and_again_when_it_changes(root):
    first, second = make(root, 'json'), make(root, 'json')
    assert first.source is second.source
    table = coco()
    table['annotations'].pop()
    (root / 'owls.json').write_text(json.dumps(table))
    assert truth(make(root, 'json'), 1, 'a') == [[1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_classes_with_too_few_images_are_in_no_fold(root, form):
    (root / 'some.txt').write_text('a\nb\nc\n')
    kwargs = dict(split='some.txt', min_images=2, fold=None, novel_classes=CLASSES)
    dataset = make(root, form, **kwargs)
    assert dataset.episode_classes == (1, 2), 'robins are in c alone'
    assert dataset.metainfo['episode_classes'] == (1, 2)
    assert dataset.novel_classes == (1, 2, 3) and len(dataset) == 4


@pytest.mark.parametrize('form', ['index', 'binary', 'json'])
def test_folds_are_of_the_classes_that_are_not_left_out(root, form):
    (root / 'images/d.png').unlink()  # robins are in c alone
    for path in ('index/d.png', 'binary/robin/d.png'):
        (root / path).unlink()
    table = coco()
    table['images'] = [i for i in table['images'] if i['file_name'] != 'd.png']
    known = {i['id'] for i in table['images']}
    table['annotations'] = [a for a in table['annotations'] if a['image_id'] in known]
    (root / 'owls.json').write_text(json.dumps(table))
    folds = [
        make(root, form, min_images=2, fold=f, folds=dict(num_folds=2)) for f in (0, 1)
    ]
    assert sorted(d.novel_classes for d in folds) == [(1,), (2,)]
    assert all(d.base_classes == tuple({1, 2, 3} - set(d.novel_classes)) for d in folds)
    with pytest.raises(ValueError, match='2 classes do not make 3 folds'):
        make(root, form, min_images=2, fold=0, folds=dict(num_folds=3))
