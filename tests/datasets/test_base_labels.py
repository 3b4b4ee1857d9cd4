"""Labels of the base classes beside the episode's, for methods that learn both."""

import numpy as np
import pytest
import torch

from fss_mm.datasets import LoadFewShotMask
from fss_mm.models.segmentors.labels import episode_labels
from fss_mm.structures import QUERY, Episode, ImageRole
from tests.conftest import LOAD

BASE = [LOAD[0], dict(type='LoadFewShotMask', base_labels=True)]
INDEX = np.array([[0, 2, 3, 4], [255, 3, 0, 1]], dtype=np.uint8)


def load(index, base_classes, **known):
    known = dict(ori_shape=index.shape, class_id=3, num_classes=4) | known
    return LoadFewShotMask(base_labels=True)(
        dict(known, gt_seg_map=index.copy(), seg_fields=[], base_classes=base_classes)
    )


def test_base_classes_are_numbered_in_their_order():
    """Novel classes are background there, and ignored pixels stay so."""
    results = load(INDEX, base_classes=(2, 4))
    assert results['gt_base_map'].tolist() == [[0, 1, 0, 2], [255, 0, 0, 0]]
    assert results['gt_base_map'].dtype == np.uint8
    assert results['gt_seg_map'].tolist() == [[0, 0, 1, 0], [255, 1, 0, 0]]
    assert results['seg_fields'] == ['gt_seg_map', 'gt_base_map']
    turned = load(INDEX, base_classes=(4, 2))
    assert turned['gt_base_map'].tolist() == [[0, 2, 0, 1], [255, 0, 0, 0]]


def test_sixty_base_classes_fit():
    index = np.arange(80, dtype=np.uint8).reshape(8, 10) + 1
    results = load(index, tuple(range(21, 81)), class_id=1, num_classes=80)
    expected = np.maximum(index.astype(int) - 20, 0)
    assert np.array_equal(results['gt_base_map'], expected)


def test_an_item_has_them_only_when_asked(make_dataset):
    episode = Episode(class_id=2, query=6, supports=(7,))
    plain = make_dataset()[episode]['data_samples']
    assert 'base_sem_seg' not in plain and plain.gt_sem_seg.shape == (30, 40)
    item = make_dataset(query_pipeline=BASE, support_pipeline=LOAD)[episode]
    base = item['data_samples'].base_sem_seg.data
    assert base.shape == (1, 30, 40) and base.dtype == torch.uint8
    assert torch.equal(item['data_samples'].gt_sem_seg.data, plain.gt_sem_seg.data)


@pytest.mark.parametrize(
    'transform, change',
    [
        (dict(type='RandomFlip', prob=1.0), lambda x: x[:, ::-1]),
        (
            dict(type='Resize', scale=(80, 60), keep_ratio=False),
            lambda x: x.repeat(2, 0).repeat(2, 1),
        ),
        (dict(type='Resize', scale=(20, 15)), lambda x: x[::2, ::2]),
    ],
)
def test_they_follow_what_happens_to_the_image(make_dataset, transform, change):
    """Image 2_5 (class 2) shows a corner of class 3; classes 2, 3, 4 are the base."""
    dataset = make_dataset(query_pipeline=[*BASE, transform])
    place = dataset.index.names.index('2_5')
    loaded = dataset.load_image(ImageRole(place, 3, QUERY))
    truth = np.zeros((30, 40), np.uint8)
    truth[5:15, 5:20] = 1
    truth[20:24, 30:34] = 2
    truth[29] = 255
    assert np.array_equal(loaded.base_mask.numpy(), change(truth))
    own = np.where(truth == 255, 255, truth == 2)
    assert np.array_equal(loaded.mask.numpy(), change(own))


def test_they_are_cropped_at_the_same_place(make_dataset):
    crop = dict(type='RandomCrop', crop_size=(12, 16))
    dataset = make_dataset(query_pipeline=[*BASE, crop])
    place, seen = dataset.index.names.index('2_5'), set()
    whole = make_dataset(query_pipeline=BASE).load_image(ImageRole(place, 3, QUERY))
    for word in range(8):
        loaded = dataset.load_image(ImageRole(place, 3, QUERY), (word,))
        assert loaded.base_mask.shape == loaded.mask.shape == (12, 16)
        inside = [
            (y, x)
            for y in range(19)
            for x in range(25)
            if torch.equal(whole.image[:, y : y + 12, x : x + 16], loaded.image)
        ]
        ((y, x),) = inside
        window = slice(y, y + 12), slice(x, x + 16)
        assert torch.equal(whole.base_mask[window], loaded.base_mask)
        assert torch.equal(whole.mask[window], loaded.mask)
        seen.add((y, x))
    assert len(seen) > 1


def test_they_reach_the_loss(make_dataset):
    dataset = make_dataset(query_pipeline=BASE, support_pipeline=LOAD)
    episodes = [Episode(c, 6 * c - 1, (6 * c - 2,)) for c in (2, 3)]
    items = [dataset[episode] for episode in episodes]
    samples = [item['data_samples'] for item in items]
    masks = torch.stack([item['inputs']['support_mask'] for item in items])
    labels = episode_labels(dict(support_mask=masks), samples)
    assert labels.class_ids == (2, 3) and labels.base.shape == (2, 30, 40)
    assert labels.base[0, 5, 5] == 1 and labels.base[0, 20, 30] == 2
    assert labels.base[1, 5, 5] == 2 and labels.base[1, 20, 30] == 3
    assert labels.query[0, 5, 5] == 1 and labels.query[0, 20, 30] == 0
    del samples[1].base_sem_seg
    assert episode_labels(dict(support_mask=masks), samples).base is None
