"""Clean masks of colour-coded and of deep ones."""

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion.folder_colors import (
    color_values,
    read_colors,
    recolor,
    to_8_bit,
)
from tests.conversion.conftest import times
from tests.conversion.folder_trees import (
    binary_mask,
    class_tree,
    index_mask,
    index_tree,
    save_index,
)

COLORS = ('#ff0000=owl', '00FF00=wren', '#ffffff=ignore')


def painted(mask: np.ndarray, mode: str = 'RGB') -> Image.Image:
    """An index mask in the colours above."""
    table = np.zeros((256, 3), np.uint8)
    table[1], table[2], table[255] = (255, 0, 0), (0, 255, 0), (255, 255, 255)
    return Image.fromarray(table[mask]).convert(mode)


@pytest.fixture
def convert(tool, tmp_path):
    """Convert the masks of ``birds`` into ``clean``: status and all that it says."""

    def run(*arguments, out=tmp_path / 'clean', root=tmp_path / 'birds'):
        arguments = [root, '--masks-out', out, '--workers', '1', *arguments]
        status, printed, err = tool('folder', *arguments)
        return status, printed + err

    return run


def clean(folder, name) -> np.ndarray:
    with Image.open(folder / name) as image:
        assert image.mode in 'LP'
        return np.array(image)


def test_colors_become_class_ids(convert, check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    for number, (name, mode) in enumerate(zip('abcd', ['RGB', 'RGBA', 'RGB', 'P'])):
        painted(index_mask(1 + number // 2), mode).save(root / f'masks/{name}.png')
    before = times(root / 'masks')
    status, text = convert('--colors', *COLORS)
    assert status == 0 and 'clean: 4 files written, 0 kept' in text
    assert "classes: 'owl' 'wren'" in text and times(root / 'masks') == before
    for number, name in enumerate('abcd'):
        expected = index_mask(1 + number // 2)
        np.testing.assert_array_equal(
            clean(tmp_path / 'clean', f'{name}.png'), expected
        )
    assert check(root, '--mask-dir', '../clean')[0] == 0
    assert '0 files written, 4 kept' in convert('--colors', *COLORS)[1]
    save_index(tmp_path / 'clean/a.png', index_mask(2))
    status, text = convert('--colors', *COLORS)
    assert status == 1 and 'another file is there; move it away' in text
    assert clean(tmp_path / 'clean', 'a.png')[1, 2] == 2
    assert convert('--colors', *COLORS, '--overwrite')[0] == 0
    assert clean(tmp_path / 'clean', 'a.png')[1, 2] == 1


def test_unknown_colors_are_listed(convert, tmp_path):
    root = index_tree(tmp_path / 'birds')
    for name in 'abcd':
        painted(index_mask()).save(root / f'masks/{name}.png')
    image = painted(index_mask())
    for x in (0, 1, 2):
        image.putpixel((x, 4), (128, 0, 0))
    image.putpixel((0, 0), (1, 2, 3))
    image.save(root / 'masks/b.png')
    (root / 'masks/c.png').write_bytes(b'')
    Image.fromarray(index_mask().astype(np.uint16)).save(root / 'masks/d.png')
    status, text = convert('--colors', *COLORS)
    assert status == 1 and '3 problems' in text
    assert 'unknown colours #800000 (3 pixels), #010203 (1 pixels); name them' in text
    assert 'an empty file (0 bytes)' in text and 'use --to-8-bit' in text
    assert [path.name for path in (tmp_path / 'clean').iterdir()] == ['a.png']
    assert not (tmp_path / 'clean.sha256').exists()


def test_binary_masks_in_color(convert, check, tmp_path):
    root = class_tree(tmp_path / 'birds')
    painted(index_mask(1)).save(root / 'masks/owl/a.png')
    for name in ('owl/b', 'wren/c', 'wren/d'):
        painted(index_mask(1 + name.startswith('w'))).save(root / f'masks/{name}.png')
    status, text = convert('--colors', *COLORS)
    assert status == 0, text
    for name in ('owl/a.png', 'wren/c.png'):
        np.testing.assert_array_equal(clean(tmp_path / 'clean', name), index_mask())
    status, text, _ = check(root, '--mask-dir', '../clean', classes=())
    assert status == 0 and '4 masks hold 0, 1 and 255' in text
    assert 'their 4 pixels of 255 are ignored' in text


@pytest.mark.parametrize(
    'kind, suffix', [('uint16', 'png'), ('int32', 'tif'), ('f', 'tif')]
)
def test_deep_masks(convert, check, tmp_path, kind, suffix):
    root = index_tree(tmp_path / 'birds')
    (root / 'masks/a.png').unlink()
    Image.fromarray(index_mask().astype(kind)).save(root / f'masks/a.{suffix}')
    status, text = convert('--to-8-bit', '--classes', 'owl', 'wren')
    assert status == 0, text
    np.testing.assert_array_equal(clean(tmp_path / 'clean', 'a.png'), index_mask())
    assert check(root, '--mask-dir', '../clean')[0] == 0
    Image.fromarray((index_mask() * 300.0).astype(kind)).save(
        root / f'masks/a.{suffix}'
    )
    status, text = convert('--to-8-bit', '--classes', 'owl', 'wren', '--overwrite')
    assert status == 1 and 'do not fit into 0 ... 255: 300 (6 pixels)' in text
    assert '--classes 300=NAME ...' in text


@pytest.mark.parametrize('save', [
    lambda path, mask: Image.fromarray(mask).save(path.with_suffix('.png')),
    lambda path, mask: Image.fromarray(mask.astype(np.int32)).save(f'{path}.tif'),
    lambda path, mask: Image.fromarray(mask.astype(np.float32)).save(f'{path}.tiff'),
    lambda path, mask: np.save(path.with_suffix('.npy'), mask),
    lambda path, mask: np.save(path.with_suffix('.npy'), mask.astype(np.int64)),
])  # fmt: skip
def test_ids_above_255_are_numbered_anew(convert, check, tmp_path, save):
    """In all masks, also in those of 8 bits among them."""
    root = index_tree(tmp_path / 'birds')
    (root / 'masks/a.png').unlink()
    mask = index_mask().astype(np.uint16) * 300  # and 76500, which is 10964, for 255
    mask[0, 0] = 301
    save(root / 'masks/a', mask)
    Image.fromarray(index_mask(7)).save(root / 'masks/b.png')
    names = ('300=owl', '7=wren', f'{mask.max()}=ignore')
    status, text = convert('--to-8-bit', '--classes', *names)
    assert status == 0 and "classes: 'owl' 'wren'" in text, text
    for name, value in (('a', 1), ('b', 2)):
        found = clean(tmp_path / 'clean', f'{name}.png')
        np.testing.assert_array_equal(found, index_mask(value))
    again = ('--mask-dir', '../clean', '--min-images', '1')
    assert check(root, *again, classes=('owl', 'wren'))[0] == 1  # too few wrens
    status, text = convert('--to-8-bit', '--classes', '300=owl', out=root / 'masks')
    assert status == 2


def test_numbers_of_an_array_that_are_not_whole(convert, tmp_path):
    root = index_tree(tmp_path / 'birds')
    (root / 'masks/a.png').unlink()
    np.save(root / 'masks/a.npy', index_mask() * 1.5)
    status, text = convert('--to-8-bit', '--classes', 'owl', 'wren')
    assert status == 1 and 'do not fit into 0 ... 255: 1.5 (6 pixels)' in text
    assert 'save class ids, which are whole numbers' in text


def test_binary_masks_of_16_bits_and_of_three_channels(convert, tmp_path):
    root = class_tree(tmp_path / 'birds')
    gray = Image.fromarray(binary_mask())
    gray.convert('RGB').save(root / 'masks/owl/a.png')
    Image.fromarray(binary_mask().astype(np.uint16) * 257).save(
        root / 'masks/owl/b.png'
    )
    status, text = convert('--to-8-bit')
    assert status == 0, text
    for name in 'ab':
        mask = clean(tmp_path / 'clean/owl', f'{name}.png')
        np.testing.assert_array_equal(mask, binary_mask())
    painted(index_mask()).save(root / 'masks/owl/a.png')
    status, text = convert('--to-8-bit')
    assert status == 1 and "mode 'RGB', with colours" in text and 'use --colors' in text


@pytest.mark.parametrize('place', ['masks', 'masks/clean', 'images', '.'])
def test_originals_are_safe(convert, tmp_path, place):
    root = index_tree(tmp_path / 'birds')
    before = times(root)
    status, text = convert('--colors', *COLORS, out=root / place)
    assert status == 2 and 'name a folder of its own' in text
    assert times(root) == before


def test_options_that_go_together(tool, tmp_path):
    index_tree(tmp_path / 'birds')
    assert tool('folder', tmp_path / 'birds', '--to-8-bit')[0] == 2
    assert tool('folder', tmp_path / 'birds', '--masks-out', tmp_path / 'o')[0] == 2


def test_lists_of_colors(tmp_path):
    path = tmp_path / 'colors.txt'
    path.write_text('#ff0000 barn owl\n\n#0000ff background\n')
    expected = {0: 'background', 0xFF0000: 'barn owl', 0xFF: 'background'}
    assert read_colors([str(path)]) == expected
    assert color_values(expected, ['barn owl']) == {0: 0, 0xFF0000: 1, 0xFF: 0}
    with pytest.raises(ValueError, match="'#12=owl', expected a colour and a class"):
        read_colors(['#12=owl'])
    with pytest.raises(ValueError, match='#ff0000 is named twice'):
        read_colors(['#ff0000=owl', '#FF0000=wren'])
    with pytest.raises(FileNotFoundError, match='does not exist'):
        read_colors(['nowhere.txt'])
    with pytest.raises(ValueError, match="colours of \\['barn owl'\\], expected"):
        color_values(expected, ['owl'])


def test_recolor():
    pixels = np.zeros((1, 4, 4), np.uint8)
    pixels[0] = [[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 9]]
    mask, unknown = recolor(pixels, {0: 0, 0xFF0000: 3})
    assert mask.tolist() == [[3, 0, 0, 0]] and unknown == {'#ff0000 of alpha 9': 1}


def test_to_8_bit():
    mask, wrong = to_8_bit(np.array([[0.0, 1.5, 255, np.nan]]))
    assert mask.tolist() == [[0, 1, 255, 0]] and wrong == {'1.5': 1, 'nan': 1}
    mask, wrong = to_8_bit(np.array([[0, 32767, 32768]]), binary=True)
    assert mask.tolist() == [[0, 0, 255]] and not wrong


@pytest.mark.parametrize('option', [('--to-8-bit',), ('--colors', *COLORS)])
def test_several_pages_are_not_converted(convert, tmp_path, option):
    root = index_tree(tmp_path / 'birds')
    (root / 'masks/a.png').unlink()
    page = painted(index_mask(1))
    page.save(root / 'masks/a.tif', save_all=True, append_images=[page])
    status, text = convert('--classes', 'owl', 'wren', *option)
    assert status == 1 and not (tmp_path / 'clean/a.png').exists()
    assert 'a TIFF of 2 pages or frames; save the one you mean alone' in text
