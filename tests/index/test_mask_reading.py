"""What values of masks mean; the index and the loader of masks agree on it."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fss_mm.datasets import LoadFewShotMask
from fss_mm.index.class_names import NamedClasses
from fss_mm.index.folder_options import FolderOptions
from fss_mm.index.index_mask_source import IndexMaskSource
from fss_mm.index.mask_reading import FOREGROUNDS, MaskReading, union
from fss_mm.index.mask_sources import MaskFolder
from fss_mm.index.name_pattern import NamePattern
from fss_mm.index.one_class_source import OneClassSource


@pytest.mark.parametrize(
    'reading, values, labels',
    [
        (MaskReading(), [0, 1, 255], [0, 1, 255]),
        (MaskReading(), [0, 127, 128, 255], [0, 0, 1, 1]),
        (MaskReading(foreground='white'), [0, 1], [0, 1]),
        (MaskReading(foreground='white'), [0, 1, 255], [0, 0, 1]),
        (MaskReading(foreground='black'), [0, 1], [1, 0]),
        (MaskReading(foreground='black'), [0, 3, 252, 255], [1, 1, 0, 0]),
        (MaskReading(foreground='nonzero'), [0, 1, 127, 255], [0, 1, 1, 1]),
        (MaskReading(foreground='nonzero', ignore=(255,)), [0, 1, 255], [0, 1, 255]),
        (MaskReading(ignore=(127,)), [0, 127, 255], [0, 255, 1]),
        (MaskReading(ignore=(2,)), [0, 1, 2], [0, 1, 255]),
        (MaskReading.of_index_masks(), [0, 1, 9, 255], [0, 1, 9, 255]),
        (MaskReading.of_index_masks(ignore=[9]), [0, 1, 9], [0, 1, 255]),
        (
            MaskReading.of_index_masks({3: 1, 7: 2}),
            [0, 1, 3, 7, 255],
            [0, 0, 1, 2, 255],
        ),
        (MaskReading.of_index_masks({255: 1, 0: 255}), [0, 255], [255, 1]),
    ],
)
def test_labels(reading, values, labels):
    assert reading.labels(np.array(values)).tolist() == labels
    mask = np.array([values, values[::-1]], dtype=np.uint8)
    assert reading.label_pixels(mask).tolist() == [labels, labels[::-1]]


def test_each_mask_is_read_by_its_own_values():
    values, masks = np.array([0, 1, 0, 1, 200]), np.array([0, 0, 1, 1, 1])
    labels = MaskReading().labels(values, masks, 2)
    assert labels.tolist() == [0, 1, 0, 0, 1]


def test_a_union_prefers_the_class_then_what_is_ignored():
    masks = [np.array([[0, 0, 0, 1, 255]]), np.array([[0, 1, 255, 255, 255]])]
    assert union([mask.astype(np.uint8) for mask in masks]).tolist() == [
        [0, 1, 255, 1, 255]
    ]


def test_statements_that_are_none():
    with pytest.raises(ValueError, match="foreground='red', expected one of"):
        MaskReading(foreground='red')
    with pytest.raises(ValueError, match=r'ignore=\[256\], expected values from 0'):
        MaskReading(ignore=(3, 256))


# ---- the index and the loader -------------------------------------------------------

_PALETTES = st.sampled_from(
    [(0, 1), (0, 255), (0, 1, 255), (0, 127, 255), (0, 3, 9, 200)]
)
_PIXELS = st.lists(st.integers(0, 4), min_size=12, max_size=12)
_FILES = st.lists(st.tuples(_PALETTES, _PIXELS), min_size=1, max_size=4)
_NUMBER = itertools.count()


def write(folder: Path, files) -> None:
    """One image's masks, each of 3 x 4 pixels."""
    folder.mkdir(parents=True)
    for number, (values, places) in enumerate(files):
        pixels = np.array([values[i % len(values)] for i in places], np.uint8)
        Image.fromarray(pixels.reshape(3, 4)).save(folder / f'a_{number}.png')


def shown(source, class_id: int) -> int:
    """Pixels of the class where the loader finds it."""
    known = dict(ori_shape=(3, 4), num_classes=9, seg_fields=[], class_id=class_id)
    results = LoadFewShotMask()(known | source.info('a', class_id))
    return int((results['gt_seg_map'] == 1).sum())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    files=_FILES,
    foreground=st.sampled_from([None, *FOREGROUNDS]),
    ignore=st.sets(st.sampled_from([0, 1, 127, 255])),
)
def test_the_index_counts_what_is_loaded(tmp_path, files, foreground, ignore):
    folder = tmp_path / f'{next(_NUMBER)}'
    write(folder, files)
    reading = MaskReading(foreground=foreground, ignore=tuple(sorted(ignore)))
    masks = MaskFolder(folder, NamePattern('_*.png'), reading)
    for again in (False, True):  # from the files, from the cache
        source = OneClassSource(masks, NamedClasses(('owl',)))
        index = source.index()
        assert index.names == ('a',), again
        if not index.errors:  # else it is refused
            assert index.pixels.sum() == shown(source, 1)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    file=st.tuples(_PALETTES, _PIXELS),
    values=st.dictionaries(
        st.sampled_from([0, 1, 3, 9, 200, 255]), st.sampled_from([0, 1, 2, 255])
    ),
    ignore=st.sets(st.sampled_from([1, 9])),
)
def test_the_index_counts_what_is_loaded_of_index_masks(tmp_path, file, values, ignore):
    folder = tmp_path / f'{next(_NUMBER)}'
    write(folder, [file])
    masks = MaskFolder(folder, NamePattern('_0.png'))
    named = NamedClasses(('owl', 'wren'), values)
    source = IndexMaskSource(masks, named, sorted(ignore))
    index = source.index()
    for class_id in (1, 2):
        pixels = index.pixels[index.class_ids == class_id]
        assert pixels.sum() == shown(source, class_id) and len(pixels) <= 1


def test_options_do_not_confuse_the_cache(tmp_path):
    """What is cached are values; what they mean is found each time."""
    jpeg = np.zeros((16, 16), np.uint8)
    jpeg[:, 8:] = 255
    for name in ('a.jpg', 'b_0.png', 'b_1.png'):
        (tmp_path / 'masks').mkdir(exist_ok=True)
        Image.fromarray(jpeg).save(tmp_path / 'masks' / name)

    def pixels(**options) -> list[int]:
        given = FolderOptions(tmp_path, classes=['crack'], **options)
        return given.source().index().pixels.tolist()

    for _ in range(2):
        assert pixels(foreground='white') == [128] * 3
        assert pixels(foreground='black', ignore=(0,)) == []
        errors = FolderOptions(tmp_path, classes=['crack']).source().index().errors
        assert 'a JPEG, which changes the values' in errors['a']
        assert pixels(foreground='white', mask_suffix='_*.png') == [128]
