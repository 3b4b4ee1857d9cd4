"""What held-out pixels do in training: left out, taught as background, or ignored."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate

from fss_mm.datasets import FewShotShapesDataset, FSS1000Dataset
from fss_mm.datasets.shapes_scene import draw_scene
from fss_mm.engine.hooks.leak_check_hook import check_leaks
from fss_mm.engine.taught_as_background import background_pixels
from fss_mm.models.segmentors.labels import episode_labels
from fss_mm.structures import QUERY, SUPPORT, Episode, ImageRole
from tests.conftest import LOAD
from tests.datasets.folder_forms import (
    candidates,
    coco,
    instance,
    make,
    save_image,
    save_mask,
    write_forms,
)
from tests.datasets.test_fss1000 import few  # noqa: F401
from tests.models.builders import build_head

FORMS = pytest.mark.parametrize('form', ['index', 'binary', 'json'])
TRAIN = dict(test_mode=False)


def labels(dataset, class_id, image, role=QUERY):
    place = dataset.index.names.index(image)
    return dataset.load_image(ImageRole(place, class_id, role)).mask.tolist()


@FORMS
def test_every_form_ignores_what_is_held_out(tmp_path, form):
    """Image b shows owl wren wren, image c a wren and three robins."""
    root = write_forms(tmp_path)
    expected = {
        # held out, image, class 2 (wren): kept, ignored
        ('owl', 'b'): ([[0, 1, 1], [0, 0, 0]], [[255, 1, 1], [0, 0, 0]]),
        ('robin', 'c'): ([[1, 0, 0], [0, 0, 0]], [[1, 0, 0], [255, 255, 255]]),
        ('owl', 'c'): ([[1, 0, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, 0]]),
    }
    for (novel, image), masks in expected.items():
        for how, mask in zip(('keep', 'ignore'), masks):
            given = dict(novel_classes=(novel,), novel_images=how)
            trained = make(root, form, **given, **TRAIN)
            assert image in candidates(trained)['wren'], 'no image is lost'
            for role in (QUERY, SUPPORT):
                assert labels(trained, 2, image, role) == mask
            tested = make(root, form, **given)
            assert labels(tested, 2, image) == masks[0], 'in training alone'
    dropped = make(root, form, novel_classes=('owl',), **TRAIN)
    assert candidates(dropped)['wren'] == ['c'] and not dropped.ignored_classes


@FORMS
def test_what_the_mask_ignores_itself_stays_ignored(tmp_path, form):
    """A crowd of owls and a pixel of 255 in image a; class folders have no void."""
    root = write_forms(tmp_path)
    void = 0 if form == 'binary' else 255
    kept = make(root, form, novel_classes=('robin',), novel_images='ignore', **TRAIN)
    assert labels(kept, 1, 'a') == [[1, 1, 0], [0, 0, void]]


def test_a_pixel_of_both_classes_is_the_episodes(tmp_path):
    """Masks of folders and of instances overlap: there the label is right."""
    both = [[1, 0, 0], [1, 1, 0]]
    save_image(tmp_path / 'images/a.png')
    save_image(tmp_path / 'images/b.png')
    for folder, mask in (('owl', [[1, 1, 0], [0, 0, 0]]), ('wren', both)):
        for name in 'ab':
            save_mask(tmp_path / f'binary/{folder}/{name}.png', np.array(mask) * 255)
    table = coco()
    table['annotations'] = [
        instance(image, category, np.array(mask, bool))
        for image in (0, 1)
        for category, mask in ((1, [[1, 1, 0], [0, 0, 0]]), (2, both))
    ]
    table['annotations'].append(
        instance(0, 1, np.array([[0, 0, 1], [0, 0, 0]], bool), crowd=1)
    )
    table['images'] = table['images'][:2]
    (tmp_path / 'owls.json').write_text(json.dumps(table))
    given = dict(novel_classes=('owl',), novel_images='ignore', classes=('owl', 'wren'))
    folders = make(tmp_path, 'binary', **given, **TRAIN)
    assert labels(folders, 2, 'a') == [[1, 255, 0], [1, 1, 0]]
    instances = make(tmp_path, 'json', **given, **TRAIN)
    assert labels(instances, 2, 'b') == [[1, 255, 0], [1, 1, 0]]
    assert labels(instances, 2, 'a') == [[1, 255, 255], [1, 1, 0]], 'crowds as well'


def test_void_and_size_of_the_other_masks(tmp_path):
    """Void of a held-out mask may be that class; masks of an image are of one size."""
    root = write_forms(tmp_path)
    save_mask(root / 'binary/owl/b.png', [[1, 0, 0], [255, 0, 0]])
    given = dict(novel_classes=('owl',), novel_images='ignore')
    dataset = make(root, 'binary', **given, **TRAIN)
    assert labels(dataset, 2, 'b') == [[255, 1, 1], [255, 0, 0]]
    save_mask(root / 'binary/owl/b.png', [[1, 0], [255, 0]])
    with pytest.raises(ValueError, match=r'owl/b.png: mask is 2 x 2 .* is 2 x 3'):
        labels(dataset, 2, 'b')


def test_labels_of_base_classes(tmp_path, make_dataset):
    """Image 1_5 shows class 1, held out, and a corner of class 2."""
    base = [LOAD[0], dict(type='LoadFewShotMask', base_labels=True)]
    given = dict(query_pipeline=base, fold=0)
    found = {}
    for how in ('keep', 'ignore'):
        dataset = make_dataset(novel_images=how, **given)
        place = dataset.index.names.index('1_5')
        found[how] = dataset.load_image(ImageRole(place, 2, QUERY))
    truth = np.zeros((30, 40), np.uint8)
    truth[20:24, 30:34] = 1  # the first of the base classes
    truth[29] = 255
    assert np.array_equal(found['keep'].base_mask, truth)
    truth[5:15, 5:20] = 255
    for mask in (found['ignore'].base_mask, found['ignore'].mask):
        assert np.array_equal(mask, truth)
    assert found['keep'].meta['key'] != found['ignore'].meta['key']
    root = write_forms(tmp_path)
    for form in ('binary', 'json'):
        dataset = make(root, form, query_pipeline=base)
        with pytest.raises(ValueError, match='a mask of one class, and base_labels=Tr'):
            labels(dataset, 2, 'b')


def test_drawn_scenes():
    dataset = FewShotShapesDataset(
        num_images=60, side=32, fold=1, novel_images='ignore'
    )
    seen = 0
    for class_id, image in dataset.candidates.pairs:
        _, scene = draw_scene(1, image, 32)
        expected = (scene == class_id).astype(np.uint8)
        expected[np.isin(scene, dataset.novel_classes)] = 255
        mask = dataset.load_image(ImageRole(image, class_id, QUERY)).mask
        assert np.array_equal(mask, expected)
        seen += 255 in expected
    assert seen > 10


def test_fss1000_has_nothing_to_ignore(few):  # noqa: F811
    """An image shows one class; those of other lists are no training images."""
    make = dict(query_pipeline=LOAD, split='train')
    kept, ignored = (
        FSS1000Dataset(str(few), novel_images=how, **make) for how in ('keep', 'ignore')
    )
    assert ignored.ignored_classes and kept.candidates.pairs == ignored.candidates.pairs
    for class_id, image in kept.candidates.pairs:
        role = ImageRole(image, class_id, QUERY)
        assert torch.equal(kept.load_image(role).mask, ignored.load_image(role).mask)


def test_ignored_pixels_have_no_part_in_the_loss(make_dataset):
    """Loss and gradient in float64, by hand, of the query 1_5."""
    for how, supervised in (('keep', 29 * 40), ('ignore', 29 * 40 - 150)):
        dataset = make_dataset(novel_images=how)
        place, other = (dataset.index.names.index(n) for n in ('1_5', '2_0'))
        item = pseudo_collate([dataset[Episode(2, place, (other,))]])
        masks = torch.stack(item['inputs']['support_mask'])
        query = episode_labels(dict(support_mask=masks), item['data_samples']).query
        torch.manual_seed(0)
        logits = torch.randn(1, 2, 30, 40, dtype=torch.float64, requires_grad=True)
        loss = build_head().loss_by_feat(logits, query)['loss_ce']
        log_p = F.log_softmax(logits.detach(), 1)[0]
        shown = np.zeros((30, 40), bool)
        shown[:29] = True
        if how == 'ignore':
            shown[5:15, 5:20] = False
        corner = np.zeros((30, 40), bool)
        corner[20:24, 30:34] = True
        by_hand = -log_p[0][shown & ~corner].sum() - log_p[1][shown & corner].sum()
        assert shown.sum() == supervised
        assert loss.item() == pytest.approx(by_hand.item() / supervised, rel=1e-9)
        (gradient,) = torch.autograd.grad(loss, logits)
        assert np.array_equal((gradient[0] != 0).all(0), shown)


def test_what_is_taught_as_background_is_told(make_dataset, voc_tree):
    """'ant' on 150 pixels of 1_5, of 'bee', and on the corner of 4_5, of 'dog'."""
    names = [f'{c}_{i}' for c in (2, 3, 4) for i in range(6)] + ['1_5']
    (voc_tree / 'trained.txt').write_text('\n'.join(names))
    (voc_tree / 'tested.txt').write_text('\n'.join(f'1_{i}' for i in range(5)))
    held_out = make_dataset(split='tested.txt', test_mode=True)
    said = {}
    for how in ('keep', 'ignore', 'drop'):
        train = make_dataset(split='trained.txt', novel_images=how)
        _, said[how] = check_leaks([train], [held_out], False)
    told = (
        'no held-out class is trained as a class, but held-out classes are taught as '
        "background: 'ant' (2 images, 166 pixels) (novel_images='ignore' sets these "
        "pixels to 255, 'drop' leaves the images out), no image is shared"
    )
    assert told in said['keep']
    for how in ('ignore', 'drop'):
        assert 'no held-out class has a pixel of supervision, no image' in said[how]


def test_only_what_is_told_to_be_novel_is_ignored(make_dataset):
    """'cat' is left out merely: 150 pixels of 3_5, of 'dog', and the corner of 2_5."""
    train = make_dataset(
        fold=None, novel_classes=('ant',), base_classes=('bee', 'dog'),
        novel_images='ignore',
    )  # fmt: skip
    names = {'ant', 'cat', 'cow'}
    assert background_pixels(train, names) == dict(cat=(2, 166))
