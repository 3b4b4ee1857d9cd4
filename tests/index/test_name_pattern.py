"""Which mask belongs to which image."""

import pytest

from fss_mm.index.name_pattern import (
    NamePattern,
    suggested_in_one_folder,
    suggested_suffixes,
)


@pytest.mark.parametrize(
    'suffix, path, image',
    [
        (None, 'a/photo.png', 'a/photo'),
        ('_mask.png', 'a/photo_mask.png', 'a/photo'),
        ('_mask.png', 'photo_mask.PNG', 'photo'),
        ('_mask.png', 'photo.png', None),
        ('_mask.png', '_mask.png', None),
        ('.jpg.png', 'photo.jpg.png', 'photo'),
        ('_*.png', 'photo_1_12.png', 'photo_1'),
        ('_*.png', 'photo.png', None),
        ('_*.png', 'photo_.png', None),
        ('_mask_*.png', 'photo_mask_0.png', 'photo'),
        ('/*.png', 'photo/0.png', 'photo'),
        ('_mask', 'a/photo_mask.jpg', 'a/photo'),
        ('_mask', 'photo_mask.v2.png', None),
        ('_mask', 'photo_mask', None),
        ('_*', 'photo_12.TIF', 'photo'),
    ],
)
def test_the_image_of_a_mask(suffix, path, image):
    assert NamePattern(suffix).image_of(path) == image


@pytest.mark.parametrize('suffix', ['', '.', '*', '_*_*.png'])
def test_suffixes_that_are_none(suffix):
    with pytest.raises(ValueError, match="one '\\*' at most: '_mask.png'"):
        NamePattern(suffix)


def test_formats_are_added_to_a_suffix_without_one():
    assert NamePattern('_mask').endings(('.png', '.jpg')) == ('_mask.png', '_mask.jpg')
    assert NamePattern('_*').endings(('.png',)) == ('.png',)
    assert NamePattern('_mask.png').endings(('.png', '.jpg')) == ('_mask.png',)
    assert NamePattern().endings(('.png', '.jpg')) == ('.png', '.jpg')


@pytest.mark.parametrize(
    'masks, suffixes',
    [
        (['1_mask.png', '2_mask.png'], dict(mask_suffix='_mask.png')),
        (['1.jpg.png', '2.jpg.png'], dict(mask_suffix='.jpg.png')),
        (['1_0.png', '1_1.png', '2_10.png'], dict(mask_suffix='_*.png')),
        (['1_seg_0.png', '2_seg_3.png'], dict(mask_suffix='_seg_*.png')),
        (['1_mask.png', '2_mask.jpg'], dict(mask_suffix='_mask')),
        (['1_0.png', '2_1.jpg'], dict(mask_suffix='_*')),
        (['1.png', '2.png'], {}),
        (['x.png', 'y.png'], {}),
        (['10_mask.png', '20_mask.png'], {}),
    ],
)
def test_suggestions(masks, suffixes):
    assert suggested_suffixes(['1.jpg', '2.jpg'], masks) == suffixes


def test_suggestion_where_images_have_a_suffix_too():
    images = ['a/1_leftImg8bit.png', 'a/2_leftImg8bit.png']
    masks = ['a/1_gtFine_labelIds.png', 'a/2_gtFine_labelIds.png']
    assert suggested_suffixes(images, masks) == dict(
        mask_suffix='_gtFine_labelIds.png', img_suffix='_leftImg8bit.png'
    )


@pytest.mark.parametrize(
    'files, suffix',
    [
        (['1.bmp', '1.png', '2.bmp', '2.png'], '.png'),
        (['1.jpg', '1_mask.png', '2.jpg', '2_mask.png'], '_mask.png'),
        (['1.png', '1_mask.png', '2.png', '2_mask.png'], '_mask.png'),
        (['1.jpg', '1_0.png', '1_1.png', '2.jpg', '2_0.png'], '_*.png'),
        (['1.jpg', '1_mask.jpg', '2.jpg', '2_mask.jpg'], '_mask.jpg'),
        (['1.jpg', '1_mask.jpg', '2.jpg', '2_mask.png'], '_mask'),
        (['1.jpg', '2.jpg'], None),
        (['IMG_1.jpg', 'IMG_1_1.jpg', 'IMG_1_2.jpg'], None),
    ],
)
def test_masks_beside_images(files, suffix):
    assert suggested_in_one_folder(files) == suffix
