"""Photographs of all kinds: those that the loader gets wrong are problems.

Each is loaded through the data set and compared with what it shows.
"""

import numpy as np
import pytest
from PIL import Image

from fss_mm.datasets import FewShotFolderDataset
from fss_mm.structures import Episode
from tests.conftest import LOAD
from tests.conversion.folder_trees import CLASSES, index_tree, only, photograph


def loaded(root) -> np.ndarray:
    """Image a through the data set: (H, W, 3), red first."""
    dataset = FewShotFolderDataset(
        str(root), classes=CLASSES, novel_classes=CLASSES, query_pipeline=LOAD
    )
    item = dataset[Episode(1, 0, (1,))]
    return item['inputs']['query'].numpy()[::-1].transpose(1, 2, 0)


def deep(highest: int) -> Image.Image:
    return Image.fromarray(np.linspace(0, highest, 48).astype(np.uint16).reshape(6, 8))


def transparent(alpha: int, mode: str = 'RGBA') -> Image.Image:
    image = photograph().convert(mode)
    image.putalpha(Image.fromarray(np.full((6, 8), alpha, np.uint8)))
    return image


def shown(image: Image.Image) -> np.ndarray:
    """What a viewer shows, on white: (H, W, 3)."""
    if image.mode.startswith('I'):
        pixels = np.array(image).astype(float)
        gray = pixels / 257 if pixels.max() > 255 else pixels
        return np.repeat(gray[..., None], 3, axis=2)
    image = image.convert('RGBA')
    page = Image.new('RGBA', image.size, 'white')
    return np.array(Image.alpha_composite(page, image).convert('RGB'))


def save(root, image: Image.Image, suffix: str, **options) -> np.ndarray:
    """Replace image a; what the file shows."""
    (root / 'images/a.png').unlink()
    path = root / f'images/a.{suffix}'
    image.save(path, **options)
    with Image.open(path) as saved:
        return shown(saved)


@pytest.mark.parametrize(
    'image, suffix',
    [
        (photograph(), 'png'),
        (photograph(), 'jpg'),
        (photograph(), 'bmp'),
        (photograph(), 'tif'),
        (photograph(), 'webp'),
        (photograph().convert('L'), 'png'),
        (photograph().convert('1'), 'png'),
        (photograph().convert('P'), 'png'),
        (photograph().convert('CMYK'), 'jpg'),
        (photograph().convert('CMYK'), 'tif'),
        (transparent(255), 'png'),
        (transparent(255, 'L'), 'png'),
        (deep(200), 'png'),
    ],
    ids=lambda value: getattr(value, 'mode', value),
)
def test_images_that_load_as_they_look(check, tmp_path, image, suffix):
    root = index_tree(tmp_path / 'birds')
    reference = save(root, image, suffix)
    np.testing.assert_array_equal(loaded(root), reference)
    status, out, problems = check(root)
    assert status == 0, problems
    if image.mode != 'RGB':
        with Image.open(root / f'images/a.{suffix}') as saved:
            assert f'1 images of mode {saved.mode!r} are turned into RGB' in out


@pytest.mark.parametrize(
    'image, suffix, options, words',
    [
        (
            deep(65535),
            'png',
            {},
            ('values that the loader clips', '--img-range 0 65535'),
        ),
        (
            deep(4095),
            'tif',
            {},
            ('values that the loader clips', '--img-range 0 65535'),
        ),
        (transparent(0), 'png', {}, ('transparent pixels', 'save it on a background')),
        (transparent(90), 'webp', {}, ('transparent pixels', 'save it on a')),
        (transparent(0, 'L'), 'png', {}, ('transparent pixels', 'save it on a')),
        (
            Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).convert('P'),
            'png',
            dict(transparency=7),
            ('transparent pixels', 'save it on a background'),
        ),
    ],
    ids=lambda value: getattr(value, 'mode', None),
)
def test_images_that_load_otherwise(check, tmp_path, image, suffix, options, words):
    root = index_tree(tmp_path / 'birds')
    reference = save(root, image, suffix, **options)
    assert np.abs(loaded(root) - reference.astype(float)).max() > 20
    status, _, problems = check(root)
    assert status == 1
    only(problems, f'images/a.{suffix}', *words)


def test_a_picture_of_broken_numbers(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    (root / 'images/a.png').unlink()
    half = np.full((6, 8), 0.5, np.float32)
    Image.fromarray(half).save(root / 'images/a.tif')
    assert loaded(root).max() == 0
    status, _, problems = check(root)
    assert status == 1
    only(problems, 'a.tif (0.5 to 0.5): values that', '--img-range 0 1 ')
