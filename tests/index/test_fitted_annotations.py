"""Annotations at the size and the orientation that images are loaded at."""

import json

import numpy as np
import pytest
from PIL import Image, ImageOps

from fss_mm.datasets import FewShotFolderDataset
from fss_mm.index.annotations import AnnotatedImage, Annotations
from fss_mm.index.fitted_annotations import fitted, same_proportions
from fss_mm.index.instances import Instance, draw_class, rle_of
from fss_mm.structures import QUERY, ImageRole
from tests.conftest import LOAD

HEIGHT, WIDTH = 12, 20  # as stored
BOX = (4, 2, 10, 6)  # x, y, x, y


def red_box() -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[BOX[1] : BOX[3], BOX[0] : BOX[2], 0] = 255
    return pixels


def write(root, factor, orientation, as_rle, size=None):
    """An image, and its object at ``factor`` times the size that is stored."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    (root / 'images').mkdir()
    Image.fromarray(red_box()).save(root / 'images/a.png', exif=exif)
    x, y, u, v = (factor * number for number in BOX)
    height, width = size or (factor * HEIGHT, factor * WIDTH)
    segmentation = [[x, y, u, y, u, v, x, v]]
    if as_rle:
        mask = np.zeros((height, width), bool)
        mask[y:v, x:u] = True
        segmentation = rle_of(mask)
        segmentation['counts'] = segmentation['counts'].decode()
    image = dict(id=1, file_name='a.png', height=height, width=width)
    one = dict(id=1, image_id=1, category_id=1, segmentation=segmentation)
    table = dict(images=[image], annotations=[one], categories=[dict(id=1, name='owl')])
    (root / 'a.json').write_text(json.dumps(table))


def make(root, **kwargs):
    return FewShotFolderDataset(
        str(root),
        annotations='a.json',
        novel_classes=('owl',),
        test_mode=True,
        query_pipeline=LOAD,
        **kwargs,
    )


@pytest.mark.parametrize('as_rle', [False, True])
@pytest.mark.parametrize('factor, orientation', [
    (1, 1), (2, 1), (3, 1), (1, 5), (1, 6), (1, 7), (1, 8)
])  # fmt: skip
def test_the_object_is_where_the_image_shows_it(tmp_path, factor, orientation, as_rle):
    write(tmp_path, factor, orientation, as_rle)
    loaded = make(tmp_path, fit_annotations=True).load_image(ImageRole(0, 1, QUERY))
    red = loaded.image[2] > 128  # of blue, green, red
    assert red.sum() == 24
    np.testing.assert_array_equal(loaded.mask == 1, red)


def annotate(folder, name, size, orientation, turned=False):
    """A file of this size and tag, annotated as it is stored or as it is shown."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', size[::-1]).save(folder / f'{name}.png', exif=exif)
    shown = size[::-1] if turned and orientation >= 5 else size
    box = Instance(1, 1, 1, False, [[0, 0, 2, 0, 2, 3, 0, 3]])
    return AnnotatedImage(name, shown, (box,))


@pytest.mark.parametrize('orientation', range(2, 9))
@pytest.mark.parametrize('as_stored', [True, False, None])
def test_where_sizes_say_nothing_others_of_the_files_do(
    tmp_path, orientation, as_stored
):
    """Mirrored and half turned images, and square ones, keep their size."""
    unclear = annotate(tmp_path, 'unclear', (8, 8), orientation)
    images = dict(unclear=unclear)
    if as_stored is not None:
        images['clear'] = annotate(tmp_path, 'clear', (6, 8), 6, turned=not as_stored)
    files = {name: f'{name}.png' for name in images}
    found = fitted(Annotations('', ('owl',), images), tmp_path, files)
    mask = draw_class(found.images['unclear'].instances, 8, 8)
    stored = draw_class(unclear.instances, 8, 8)
    if as_stored:
        with Image.open(tmp_path / 'unclear.png') as image:
            tag = image.getexif()
        turned = Image.fromarray(stored)
        turned.getexif()[0x0112] = tag[0x0112]
        stored = np.asarray(ImageOps.exif_transpose(turned))
    np.testing.assert_array_equal(mask, stored)
    assert len(found.remarks) == (as_stored is None)
    if as_stored is None:
        assert found.remarks[0].startswith('1 images have an EXIF tag that turns')


def test_files_that_contradict_each_other_decide_nothing(tmp_path):
    images = dict(
        a=annotate(tmp_path, 'a', (6, 8), 6),
        b=annotate(tmp_path, 'b', (6, 8), 8, turned=True),
        c=annotate(tmp_path, 'c', (6, 8), 3),
    )
    files = {name: f'{name}.png' for name in images}
    found = fitted(Annotations('', ('owl',), images), tmp_path, files)
    assert found.images['c'] == images['c'] and found.images['a'] != images['a']
    assert 'as they are: c' in found.remarks[0]


@pytest.mark.parametrize('factor, orientation', [(2, 1), (1, 6)])
def test_without_being_asked_they_do_not_fit(tmp_path, factor, orientation):
    write(tmp_path, factor, orientation, False)
    with pytest.raises(ValueError, match='they must be equal'):
        make(tmp_path).load_image(ImageRole(0, 1, QUERY))


def test_other_proportions_are_not_made_to_fit(tmp_path):
    write(tmp_path, 1, 1, False, size=(15, 20))
    with pytest.raises(ValueError, match='they must be equal'):
        make(tmp_path, fit_annotations=True).load_image(ImageRole(0, 1, QUERY))


@pytest.mark.parametrize(
    'size, other, same',
    [
        ((480, 640), (240, 320), True),
        ((427, 640), (213, 320), True),  # rounded down
        ((427, 640), (214, 320), True),
        ((427, 640), (211, 320), False),
        ((640, 480), (480, 640), False),
    ],
)
def test_proportions(size, other, same):
    assert same_proportions(size, other) == same_proportions(other, size) == same
