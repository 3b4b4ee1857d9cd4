"""Files of masks that would be read as something else, or passed over."""

import numpy as np
import pytest
from PIL import Image

from fss_mm.index.mask_sources import MaskFolder
from fss_mm.index.name_pattern import NamePattern

MASK = np.zeros((40, 40), np.uint8)
MASK[5:25, 5:30] = 1


def test_a_flipped_bit_of_a_png(tmp_path):
    """Pillow does not compare the checksum of the pixels."""
    path = tmp_path / 'a.png'
    Image.fromarray(MASK).save(path)
    content = bytearray(path.read_bytes())
    content[content.index(b'IDAT') + 12] ^= 4
    path.write_bytes(content)
    assert 'damaged' in MaskFolder(tmp_path).scan().errors['a.png']


@pytest.mark.parametrize('suffix', ['.pgm', '.webp', '.gif', '.jp2'])
def test_a_format_that_is_not_read_is_a_problem(tmp_path, suffix):
    Image.fromarray(MASK).save(tmp_path / 'a.png')
    (tmp_path / f'b{suffix}').touch()
    errors = MaskFolder(tmp_path).scan().errors
    assert list(errors) == [f'b{suffix}'] and 'save it as PNG' in errors[f'b{suffix}']


def test_a_suffix_that_fits_nothing(tmp_path):
    for name in ('a_mask.png', 'b_mask.png'):
        Image.fromarray(MASK).save(tmp_path / name)
    folder = MaskFolder(tmp_path, NamePattern('_*_x.png'))
    with pytest.raises(FileNotFoundError, match=r'no \*_x.png mask'):
        folder.scan()
    folder = MaskFolder(tmp_path, NamePattern('-*.png'))
    match = r"mask_suffix='-\*.png' fits none of the 2 masks .*: a_mask.png, b_mask.png"
    with pytest.raises(ValueError, match=match):
        folder.scan()


@pytest.mark.parametrize('suffix', ['.tif', '.png'])
def test_of_several_pages_none_is_the_mask(tmp_path, suffix):
    """The first one alone would be read, and the others lost without a word."""
    pages = [Image.fromarray(MASK * value) for value in (1, 2)]
    path = tmp_path / f'a{suffix}'
    pages[0].save(path, save_all=True, append_images=pages[1:])
    error = MaskFolder(tmp_path).scan().errors[path.name]
    assert error.endswith('of 2 pages or frames; save the one you mean alone')
