"""The check of a user's own data: every fault has its file, reason and remedy."""

import numpy as np
import pytest
from PIL import Image

from fss_mm.structures import QUERY, ImageRole
from tests.conftest import LOAD
from tests.conversion.conftest import spoil, times
from tests.conversion.folder_trees import (
    CLASSES,
    build,
    class_tree,
    index_mask,
    index_tree,
    only,
    photograph,
    save_index,
)


def test_a_tree_without_fault(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    status, out, _ = check(root)
    assert status == 0
    assert 'form: index masks' in out and '4 images, 4 masks, 2 classes' in out
    assert 'sizes (height x width): 6 x 8' in out
    rows = [line.split() for line in out.splitlines()]
    assert ['1', 'owl', '2', '12'] in rows and ['2', 'wren', '2', '12'] in rows
    assert len((root / 'data.sha256').read_text().splitlines()) == 8
    assert check(root, '--verify')[0] == 0
    spoil(root / 'images/a.png')
    status, out, _ = check(root, '--verify')
    assert status == 1 and 'a.png' in out and 'fetch the file again' in out


def test_the_printed_config_builds(check, tmp_path):
    root = class_tree(tmp_path / 'birds')
    status, out, _ = check(root, classes=())
    assert status == 0 and 'form: binary masks, in a folder for each class' in out
    dataset = build('train', out)
    assert dataset.classes == CLASSES and len(dataset) == 2
    dataset = build('test', check(root, classes=['wren'])[1])
    assert dataset.metainfo['novel_classes'] == (1,) and len(dataset) == 2


def smoothed_index(root):
    mask = index_mask()
    mask[1, 1:6] = [3, 77, 128, 200, 90]
    save_index(root / 'masks/a.png', mask)


def other_palette(root):
    save_index(root / 'masks/a.png', index_mask(2), [0, 0, 0, 0, 200, 0, 200, 0, 0])
    save_index(root / 'masks/e.png', index_mask(1))
    photograph().save(root / 'images/e.png')
    save_index(root / 'masks/f.png', index_mask(2))
    photograph().save(root / 'images/f.png')


def save_as(file, mode):
    def make(root):
        mask = Image.fromarray(index_mask().astype(np.int32)).convert(mode)
        mask.save(root / f'masks/{file}')
        if file != 'a.png':
            (root / 'masks/a.png').unlink()

    return make


def painted(root):
    Image.new('RGBA', (8, 6), (200, 0, 0, 255)).save(root / 'masks/a.png')


def save_array(kind, suffix='png'):
    def make(root):
        (root / 'masks/a.png').unlink()
        Image.fromarray(index_mask().astype(kind)).save(root / f'masks/a.{suffix}')

    return make


def jpeg_named_png(root):
    Image.fromarray(index_mask()).save(root / 'masks/a.png', 'JPEG')


def other_size(root):
    save_index(root / 'masks/a.png', np.ones((4, 8), np.uint8))


def loop(root):
    (root / 'images/loop').symlink_to(root / 'images')


def save_exif(root, orientation=6):
    exif = Image.Exif()
    exif[0x0112] = orientation
    (root / 'images/a.png').unlink()
    photograph().save(root / 'images/a.jpg', exif=exif)


def two_pages(folder):
    def save(root):
        page = photograph() if folder == 'images' else Image.fromarray(index_mask(1))
        (root / f'{folder}/a.png').unlink()
        page.save(root / f'{folder}/a.tif', save_all=True, append_images=[page])

    return save


FAULTS = [
    (
        smoothed_index,
        'masks/a.png (values 3, 77, 90 and 2 more)',
        'smoothed',
        'without smoothing',
    ),
    (other_palette, 'masks/a.png: value 2 has the colour #c80000', 'with the palette'),
    (save_as('a.png', 'RGB'), "masks/a.png: a mask of mode 'RGB'", '--to-8-bit'),
    (painted, "masks/a.png: a mask of mode 'RGBA'", '--colors'),
    (save_array(np.uint16), "masks/a.png: a mask of mode 'I;16'", '--to-8-bit'),
    (save_array(np.int32, 'tif'), "masks/a.tif: a mask of mode 'I'", '--to-8-bit'),
    (save_array(np.float32, 'tif'), "masks/a.tif: a mask of mode 'F'", '--to-8-bit'),
    (save_array(np.uint8, 'jpg'), 'masks/a.jpg: a JPEG, which', 'export it as PNG'),
    (jpeg_named_png, 'masks/a.png: a JPEG, which', 'export it as PNG'),
    (
        other_size,
        'masks/a.png (4 x 8; images/a.png is 6 x 8',
        'not of',
        'at the size of its',
    ),
    (save_exif, 'masks/a.png (6 x 8; ', 'EXIF orientation 6', 'turn the mask'),
    (
        two_pages('images'),
        'images/a.tif: a TIFF of 2 pages',
        'save the one you mean alone',
    ),
    (
        two_pages('masks'),
        'masks/a.tif: a TIFF of 2 pages',
        'save the one you mean alone',
    ),
    (lambda root: (root / 'images/e.heic').touch(), 'images/e.heic: a format', 'save'),
    (lambda root: photograph().save(root / 'images/a.jpg'), 'images/a.png', "'.jpg'"),
    (lambda root: (root / 'images/b.png').unlink(), 'b: no image', 'remove its mask'),
    (loop, 'images/loop: a link to a folder it lies in', 'remove'),
    (
        lambda root: (root / 'images/e.jpg').symlink_to('nowhere'),
        'images/e.jpg: No such file',
        'mend or remove it',
    ),
    (lambda root: (root / 'masks/e.png.part').touch(), 'e.png.part: an unfinished'),
    (lambda root: (root / 'images/e.crdownload').touch(), 'an unfinished', 'fetch'),
    (lambda root: spoil(root / 'images/a.png', 100), 'images/a.png: ', 'damaged'),
    (lambda root: spoil(root / 'masks/a.png', 60), 'masks/a.png: ', 'damaged'),
    (lambda root: spoil(root / 'images/a.png', 0), 'images/a.png: an empty file'),
]


@pytest.mark.parametrize('fault', FAULTS, ids=lambda fault: fault[1])
def test_faults(check, tmp_path, fault):
    root = index_tree(tmp_path / 'birds')
    save_index(root / 'masks/a2.png', index_mask(1))  # an owl more
    photograph().save(root / 'images/a2.png')
    spoil_it, *words = fault
    spoil_it(root)
    before = times(root)
    status, _, problems = check(root)
    assert status == 1
    only(problems, *words)
    after = times(root)
    assert {path: after[path] for path in before} == before, 'no original is changed'
    assert not (root / 'data.sha256').exists()


def test_all_faults_together(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    other_size(root)
    spoil(root / 'images/b.png', 100)
    spoil(root / 'masks/c.png', 60)
    status, _, problems = check(root, classes=(*CLASSES, 'robin'))
    assert status == 1 and len(problems) == problems.index('4 problems:') + 5
    text = '\n'.join(problems)
    assert 'images/b.png' in text and 'masks/c.png' in text
    assert "class 'robin': no pixel in any usable mask" in text
    assert "class 'wren' (images: 1): an episode needs 2 images; add images" in text


def test_images_without_mask_and_empty_masks_are_remarks(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    for name in 'ef':
        photograph().save(root / f'images/{name}.png')
    save_index(root / 'masks/f.png', np.zeros((6, 8), np.uint8))
    status, out, _ = check(root)
    assert status == 0
    assert '1 images have no mask, and show none of the classes: no episodes' in out
    assert '(fss_mm.apis.load_segmentor): e' in out
    assert '1 masks are empty, with no pixel of a class: masks/f.png' in out


def test_a_mask_of_the_turned_photograph_is_right(check, tmp_path):
    root = index_tree(tmp_path / 'birds')
    save_exif(root)
    save_index(root / 'masks/a.png', index_mask().T)
    status, out, _ = check(root)
    assert status == 0 and '1 images are turned by their EXIF tag' in out
    assert '2 different ones' in out
    dataset = build('test', out, query_pipeline=LOAD, fold=None, novel_classes=[1])
    turned = dataset.load_image(ImageRole(0, 1, QUERY))
    assert turned.image.shape == (3, 8, 6) and turned.mask.shape == (8, 6)
