"""A crop that keeps the class, and is mmseg's where that one does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.datasets.transforms import RandomCrop

from fss_mm.datasets import ClassAwareRandomCrop
from fss_mm.datasets.transforms.class_aware_random_crop import pixels_in_crops
from fss_mm.structures import SUPPORT, ImageRole
from fss_mm.utils.local_seed import local_seed
from tests.conftest import LOAD


def crop(transform, mask, word=0):
    """Image and mask of a crop; the image tells the place of each of its pixels."""
    place = np.arange(mask.size, dtype=np.int32).reshape(mask.shape)
    fields = dict(gt_seg_map=mask, gt_base_map=place, seg_fields=[
        'gt_seg_map', 'gt_base_map'])  # fmt: skip
    with local_seed(word):
        done = transform(dict(img=place[..., None], **fields))
    assert np.array_equal(done['img'][..., 0], done['gt_base_map'])
    assert done['img_shape'] == done['gt_seg_map'].shape
    return done['img'][..., 0], done['gt_seg_map']


def test_pixels_in_crops_by_hand():
    fg = np.array([[1, 1, 0], [0, 1, 0]], np.uint8)
    assert pixels_in_crops(fg, (1, 2)).tolist() == [[2, 1], [1, 1]]
    assert pixels_in_crops(fg, (2, 2)).tolist() == [[3, 2]]
    assert pixels_in_crops(fg, (9, 9)).tolist() == [[3]], 'as large as the image'


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    size=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 99),
)
def test_the_share_is_kept_or_the_most_that_fits(height, width, size, share, seed):
    random = np.random.default_rng(seed)
    mask = (random.random((height, width)) < random.random() ** 3).astype(np.uint8)
    mask[random.random((height, width)) < 0.1] = 255
    _, cropped = crop(ClassAwareRandomCrop(size, share), mask, seed)
    h, w = min(height, size[0]), min(width, size[1])
    assert cropped.shape == (h, w)
    most = max(
        (mask[y : y + h, x : x + w] == 1).sum()
        for y in range(height - h + 1)
        for x in range(width - w + 1)
    )
    total, kept = (mask == 1).sum(), (cropped == 1).sum()
    assert kept >= min(share * total, most)
    assert kept > 0 or total == 0


def test_a_crop_that_keeps_enough_is_that_of_mmseg():
    """Two columns of eight show the class: a crop of four loses it now and then."""
    mask = np.zeros((6, 8), np.uint8)
    mask[:, :2] = 1
    lost = 0
    for word in range(40):
        plain, cropped = crop(RandomCrop((3, 4)), mask, word)
        ours, _ = crop(ClassAwareRandomCrop((3, 4)), mask, word)
        if (cropped == 1).sum() >= 0.25 * 12:
            assert np.array_equal(ours, plain)
        else:
            lost += 1
            assert not np.array_equal(ours, plain)
    assert 5 < lost < 35


def test_places_that_keep_enough_are_equally_likely():
    """One pixel in a row of five, crops of two: two places of four hold it."""
    mask = np.array([[0, 0, 1, 0, 0]], np.uint8)
    first = [crop(ClassAwareRandomCrop((1, 2)), mask, w)[0][0, 0] for w in range(400)]
    assert set(first) == {1, 2} and 160 < sum(f == 1 for f in first) < 240


@pytest.mark.parametrize('mask', [np.zeros((6, 8), np.uint8), None])
def test_without_the_class_it_is_mmsegs(mask):
    for word in range(5):
        image = np.arange(48).reshape(6, 8, 1)
        results = []
        for transform in (RandomCrop((3, 4)), ClassAwareRandomCrop((3, 4))):
            given = (
                dict(img=image) if mask is None else dict(img=image, gt_seg_map=mask)
            )
            with local_seed(word):
                results.append(transform(given)['img'])
        assert np.array_equal(*results)


def test_in_a_pipeline_every_support_shows_its_class(make_dataset):
    """A corner of 16 pixels of 1,200: most crops of 12 x 16 miss it."""
    role = dict(image=None, class_id=3, role=SUPPORT)
    shown = {}
    for kind in ('RandomCrop', 'ClassAwareRandomCrop'):
        dataset = make_dataset(
            query_pipeline=[*LOAD, dict(type=kind, crop_size=(12, 16))]
        )
        role['image'] = dataset.index.names.index('2_5')
        masks = [dataset.load_image(ImageRole(**role), (w,)).mask for w in range(30)]
        shown[kind] = sum((mask == 1).sum().item() >= 4 for mask in masks)
        again = dataset.load_image(ImageRole(**role), (3,)).mask
        assert again.equal(masks[3]), 'a function of the words'
    assert shown['ClassAwareRandomCrop'] == 30 and shown['RandomCrop'] < 15


@pytest.mark.parametrize('share', [0, 1.5, -1])
def test_shares_out_of_range(share):
    with pytest.raises(ValueError, match='min_class_share=.* above 0 and at most 1'):
        ClassAwareRandomCrop((3, 4), share)
