import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fss_mm.index import build_class_index
from fss_mm.index.class_index import ClassIndex
from fss_mm.index.mask_values import count_values
from tests.conftest import write_mask


def folder(tmp_path, masks):
    path = tmp_path / 'masks'
    path.mkdir(exist_ok=True)
    for name, mask in masks.items():
        write_mask(path / f'{name}.png', np.array(mask))
    return path


def test_counts_leave_out_background_and_ignore(tmp_path):
    masks = folder(tmp_path, {'a': [[0, 3, 3], [255, 3, 7]]})
    index = build_class_index(masks)
    assert index.class_ids.tolist() == [3, 7] and index.pixels.tolist() == [3, 1]


def test_bilevel_mask_is_zero_and_one(tmp_path):
    Image.fromarray(np.array([[0, 255], [255, 255]], np.uint8)).convert('1').save(
        tmp_path / 'm.png'
    )
    assert count_values(tmp_path / 'm.png').rows[:, :2].tolist() == [[0, 1], [1, 3]]


def test_index_answers_which_images_hold_a_class(tmp_path):
    masks = folder(tmp_path, {'b': [[1, 1], [2, 0]], 'a': [[2, 2], [2, 0]]})
    index = build_class_index(masks)
    assert index.names == ('a', 'b')
    assert index.images_with(2).tolist() == [0, 1]
    assert index.images_with(2, min_pixels=2).tolist() == [0]
    assert index.images_with_any((1,)).tolist() == [1]


def test_subset_keeps_the_order_asked_for():
    index = ClassIndex.from_counts({'a': {1: 5}, 'b': {2: 6}, 'c': {1: 7, 2: 8}})
    subset = index.subset(['c', 'a'])
    assert subset.names == ('c', 'a')
    assert subset.images_with(1).tolist() == [0, 1]
    assert subset.images_with(1, min_pixels=6).tolist() == [0]
    assert subset.images_with(2).tolist() == [0]


@pytest.fixture
def reads(monkeypatch):
    """Names of the masks that are read, as they are read."""
    import fss_mm.index.mask_table as module

    seen, original = [], module.count_values
    monkeypatch.setattr(
        module, 'count_values', lambda path: (seen.append(path.stem), original(path))[1]
    )
    return seen


def test_only_what_changed_is_read_again(tmp_path, reads):
    masks = folder(tmp_path, {'a': [[1]], 'b': [[2]], 'c': [[3]]})
    build_class_index(masks)
    assert sorted(reads) == ['a', 'b', 'c']
    reads.clear()
    build_class_index(masks)
    assert reads == []
    write_mask(masks / 'a.png', np.array([[4, 4]]))  # changed
    write_mask(masks / 'd.png', np.array([[2]]))  # added
    (masks / 'b.png').unlink()  # removed
    index = build_class_index(masks)
    assert sorted(reads) == ['a', 'd']
    assert index.names == ('a', 'c', 'd')
    assert index.images_with(2).tolist() == [2]
    assert index.images_with(4, min_pixels=2).tolist() == [0]
    reads.clear()
    assert build_class_index(masks).names == ('a', 'c', 'd') and reads == []


def test_a_change_of_content_alone_is_seen(tmp_path):
    masks = folder(tmp_path, {'a': [[1, 1]]})
    build_class_index(masks)
    size = (masks / 'a.png').stat().st_size
    write_mask(masks / 'a.png', np.array([[2, 2]]))
    assert (masks / 'a.png').stat().st_size == size
    os.utime(masks / 'a.png', ns=(1, 1))
    assert build_class_index(masks).images_with(2).tolist() == [0]


def test_read_only_data_is_cached_in_the_users_folder(tmp_path, monkeypatch, reads):
    import fss_mm.index.mask_table_cache as module

    masks = folder(tmp_path, {'a': [[1]]})
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    write = module.write_atomically

    def refuse_beside_the_data(path, content):
        if path.parent == masks.parent:
            raise PermissionError('read-only')
        write(path, content)

    monkeypatch.setattr(module, 'write_atomically', refuse_beside_the_data)
    build_class_index(masks)
    assert list((tmp_path / 'cache').rglob('*.npz'))
    build_class_index(masks)
    assert reads == ['a']


def test_an_old_cache_in_a_read_only_folder_hides_no_newer_one(
    tmp_path, monkeypatch, reads
):
    import fss_mm.index.mask_table_cache as module

    masks = folder(tmp_path, {'a': [[1]], 'b': [[2]]})
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    build_class_index(masks)  # beside the data, which then become read-only
    write, load = module.write_atomically, module.np.load
    loads = []

    def refuse_beside_the_data(path, content):
        if path.parent == masks.parent:
            raise PermissionError('read-only')
        write(path, content)

    monkeypatch.setattr(module, 'write_atomically', refuse_beside_the_data)
    monkeypatch.setattr(
        module.np, 'load', lambda path, **kw: (loads.append(path), load(path, **kw))[1]
    )
    build_class_index(masks)
    assert len(loads) == 1, 'the second file is not read where the first is current'
    write_mask(masks / 'c.png', np.array([[3]]))
    reads.clear()
    for _ in range(2):
        assert build_class_index(masks).names == ('a', 'b', 'c')
    assert reads == ['c']
    write_mask(masks / 'd.png', np.array([[3]]))  # what both know is merged
    (masks / 'a.png').unlink()
    assert build_class_index(masks).names == ('b', 'c', 'd')
    write_mask(masks / 'a.png', np.array([[1]]))
    os.utime(masks / 'a.png', ns=(1, 1))
    build_class_index(masks)
    assert reads == ['c', 'd', 'a']


def test_a_damaged_cache_is_rebuilt(tmp_path):
    masks = folder(tmp_path, {'a': [[1]]})
    build_class_index(masks)
    cache = next(tmp_path.glob('*.npz'))
    cache.write_bytes(cache.read_bytes()[:50])
    assert build_class_index(masks).images_with(1).tolist() == [0]


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_a_flipped_bit_in_the_cache_stops_nothing(tmp_path, place):
    masks = folder(tmp_path, {'a': [[1]], 'b': [[2, 2]]})
    build_class_index(masks, progress=False)
    cache = next(tmp_path.glob('*.npz'))
    content = bytearray(cache.read_bytes())
    bit = int(place * 8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    cache.write_bytes(content)
    build_class_index(masks, progress=False)
    cache.unlink(missing_ok=True)


def test_unreadable_masks_are_listed_together(tmp_path):
    masks = folder(tmp_path, {'good': [[1]], 'cut': np.arange(4000).reshape(40, 100)})
    Image.new('RGB', (4, 4)).save(masks / 'colour.png')
    Image.fromarray(np.full((2, 2), 300, np.uint16)).save(masks / 'deep.png')
    data = (masks / 'cut.png').read_bytes()
    (masks / 'cut.png').write_bytes(data[: len(data) // 2])
    (masks / 'text.png').write_text('no image')
    index = build_class_index(masks)
    assert sorted(index.errors) == ['colour', 'cut', 'deep', 'text']
    assert 'RGB' in index.errors['colour'] and 'I;16' in index.errors['deep']
    assert index.images_with(1).tolist() == [index.names.index('good')]


def test_missing_or_empty_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match='does not exist; check data_root'):
        build_class_index(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match='no \\*.png mask'):
        build_class_index(tmp_path / 'empty')
