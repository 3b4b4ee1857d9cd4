"""FSS-1000: thresholded masks, linked images, lists."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion import fss1000 as module
from fss_mm.conversion import fss1000_lists
from fss_mm.conversion.checksums import changed_files
from fss_mm.conversion.command import conclude
from fss_mm.conversion.fss1000 import CHECKSUMS, convert_fss1000, read_mask
from fss_mm.conversion.fss1000_lists import (
    FSS1000_COUNTS,
    describe_lists,
    divide_classes,
    read_lists,
)
from fss_mm.index.image_files import read_split
from tests.conversion.conftest import spoil, times, write_image, write_names

COUNTS = dict(classes=5, images=2, train=2, val=1, test=2)
GRAYS = np.array([[0, 127, 128], [255, 200, 1]], np.uint8)


@pytest.fixture
def tree(tmp_path):
    """Classes a ... e of two pairs; d and e are tested. Masks in colour and grey."""
    for name in 'abcde':
        folder = tmp_path / 'fewshot_data' / name
        folder.mkdir(parents=True)
        for number in (1, 2):
            write_image(folder / f'{number}.jpg', *GRAYS.shape)
            mask = np.stack([GRAYS] * 3, axis=-1) if number == 1 else GRAYS
            Image.fromarray(mask).save(folder / f'{number}.png')
    (tmp_path / 'lists').mkdir()
    write_names(tmp_path / 'lists/test.txt', 'de')
    return tmp_path


def convert(tree, **kwargs):
    kwargs = dict(counts=COUNTS) | kwargs
    return convert_fss1000(tree, tree / 'fewshot_data', tree / 'lists', **kwargs)


def test_images_and_masks(tree):
    results = convert(tree)
    assert len(results) == 20 and all(r.written for r in results)
    for number in (1, 2):
        with Image.open(tree / f'masks/c/{number}.png') as mask:
            assert mask.mode == 'L'
            expected = [[0, 0, 255], [255, 255, 0]]
            np.testing.assert_array_equal(np.array(mask), expected)
    image = tree / 'images/a/1.jpg'
    assert image.samefile(tree / 'fewshot_data/a/1.jpg')
    assert read_split(tree / 'splits/test.txt') == ('d', 'e')
    train, val = (read_split(tree / f'splits/{part}.txt') for part in ('train', 'val'))
    assert sorted(train + val) == ['a', 'b', 'c'] and len(val) == 1


def test_images_are_copied_where_links_are_not_possible(tree, monkeypatch):
    def refuse(*args):
        raise OSError(18, 'Invalid cross-device link')

    monkeypatch.setattr(module.os, 'link', refuse)
    convert(tree)
    source, image = tree / 'fewshot_data/a/1.jpg', tree / 'images/a/1.jpg'
    assert image.read_bytes() == source.read_bytes() and not image.samefile(source)


def test_only_what_is_missing_or_damaged_is_made_again(tree):
    assert conclude(convert(tree), tree / CHECKSUMS) == 0
    before = times(tree)
    assert conclude(convert(tree), tree / CHECKSUMS) == 0
    assert times(tree) == before
    (tree / 'images/a/2.jpg').unlink()
    (tree / 'masks/b/1.png').unlink()
    spoil(tree / 'masks/c/2.png')
    assert len(changed_files(tree / CHECKSUMS)) == 3
    written = [r.path.relative_to(tree) for r in convert(tree) if r.written]
    assert list(map(str, written)) == [
        'images/a/2.jpg',
        'masks/b/1.png',
        'masks/c/2.png',
    ]
    assert changed_files(tree / CHECKSUMS) == []


def test_problems_are_listed_together(tree, capsys):
    source = tree / 'fewshot_data'
    (source / 'a/1.png').unlink()
    spoil(source / 'b/1.png', keep=20)
    write_image(source / 'c/2.jpg', 9, 9)
    assert conclude(convert(tree), tree / CHECKSUMS) == 1
    text = capsys.readouterr().err
    for part in (
        '3 problems', 'a/1.png', 'the mask is missing', 'b/1.png', 'c/2.png',
        'a mask of 2 x 3 (H x W), its image is 9 x 9', 'fetch the file again',
    ):  # fmt: skip
        assert part in text


def test_counts(tree):
    with pytest.raises(ValueError, match='classes: 5 found, 1,000 expected'):
        convert(tree, counts=FSS1000_COUNTS)
    (tree / 'fewshot_data/b/2.jpg').unlink()
    with pytest.raises(ValueError, match='images of b: 1 found, 2 expected'):
        convert(tree)


def test_division_of_a_thousand_classes():
    classes = [f'class {i:04d}' for i in range(1000)]
    given = dict(test=tuple(classes[::4][:240]))
    lists = divide_classes(classes, given)
    assert {part: len(names) for part, names in lists.items()} == dict(
        train=520, val=240, test=240
    )
    assert len({name for names in lists.values() for name in names}) == 1000
    assert divide_classes(classes[::-1], given) == lists
    assert divide_classes(classes, given, seed=1)['val'] != lists['val']
    digest = hashlib.sha256('\n'.join(lists['val']).encode()).hexdigest()
    assert digest[:16] == '17d0c8e4143559da'


def test_lists_that_are_given(tree):
    write_names(tree / 'lists/trn.txt', 'ac')
    with pytest.raises(ValueError, match="'trn.txt' and not its counterpart"):
        convert(tree)
    write_names(tree / 'lists/val.txt', 'b')
    convert(tree)
    assert read_split(tree / 'splits/train.txt') == ('a', 'c')
    write_names(tree / 'lists/val.txt', 'x')
    with pytest.raises(ValueError, match="1 classes of 'val.txt' have no folder"):
        convert(tree)
    write_names(tree / 'lists/val.txt', 'a')
    with pytest.raises(ValueError, match="also in 'train'"):
        convert(tree)


def test_a_list_that_differs_is_never_overwritten(tree):
    convert(tree)
    path = tree / 'splits/test.txt'
    write_names(path, 'ab')
    with pytest.raises(ValueError, match='rename or delete it'):
        convert(tree)
    assert path.read_text() == 'a\nb\n'


def test_without_a_test_list(tree):
    (tree / 'lists/test.txt').unlink()
    with pytest.raises(ValueError, match='996d2c12d2abc861d9a092afea00a514 with CRLF'):
        convert(tree)


@pytest.mark.parametrize('end', ['\n', '\r\n'])
def test_whose_a_list_is(tree, monkeypatch, end):
    path = tree / 'lists/test.txt'
    path.write_bytes(f'd{end}e{end}'.encode())
    assert read_lists(tree / 'lists') == dict(test=('d', 'e'))
    (line,) = describe_lists(tree / 'lists', ['test'])
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    assert md5 in line and 'not a published list' in line
    monkeypatch.setitem(fss1000_lists.KNOWN_LISTS, md5, 'the official test list')
    assert describe_lists(tree / 'lists', ['test'])[0].endswith('official test list')


def test_a_mask_with_a_palette_is_thresholded_by_its_colors(tmp_path):
    image = Image.fromarray(np.array([[0, 1]], np.uint8))
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.save(tmp_path / '1.png')
    assert read_mask(tmp_path / '1.png').tolist() == [[255, 0]]
