import json

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools.mask import decode

from fss_mm.index.labelme_shapes import segmentation_of
from fss_mm.inference.results import SegmentedImage
from fss_mm.inference.writers import RESULTS, ResultWriter, stem_of, voc_palette


def result(name='owls/photo 1.jpg', places=(1, 2)):
    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[2:12, 3:13], mask[14:18, 20:26] = places
    mask[5:7, 6:8] = 0  # a hole
    pixels = np.full((20, 30, 3), 100, dtype=np.uint8)
    return SegmentedImage(name, mask, ('owl', 'wren'), dict(owl=0.9, wren=0.5), pixels)


def test_everything_that_can_be_written(tmp_path):
    found = result()
    assert ResultWriter(tmp_path, RESULTS)(found) is found
    image = Image.open(tmp_path / 'owls/photo 1.png')
    assert image.mode == 'P' and np.array_equal(np.array(image), found.mask)
    assert image.getpalette()[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]
    overlay = np.array(Image.open(tmp_path / 'owls/photo 1_overlay.jpg'))
    assert (
        overlay.shape == (20, 30, 3) and abs(overlay[0, 0].astype(int) - 100).max() < 12
    )
    coco = json.loads((tmp_path / 'owls/photo 1_coco.json').read_text())
    for place, one in enumerate(coco['annotations'], start=1):
        assert np.array_equal(decode(one['segmentation']) == 1, found.mask == place)
        assert one['area'] == (found.mask == place).sum()
    assert coco['annotations'][0]['bbox'] == [3, 2, 10, 10]
    assert [c['name'] for c in coco['categories']] == ['owl', 'wren']


def test_labelme_shapes_draw_the_mask_and_nothing_else(tmp_path):
    """A piece without holes is an outline, one with a hole or a corner is a mask."""
    found = result('a.jpg')
    found.mask[0, 29] = 1  # a single pixel
    ResultWriter(tmp_path, ['labelme'])(found)
    table = json.loads((tmp_path / 'a_labelme.json').read_text())
    kinds = {(s['label'], s['shape_type']) for s in table['shapes']}
    assert kinds == {('owl', 'mask'), ('wren', 'polygon')}
    drawn = np.zeros_like(found.mask)
    for shape in table['shapes']:
        place = 1 + found.classes.index(shape['label'])
        if shape['shape_type'] == 'mask':
            encoded = segmentation_of(shape, *drawn.shape)
            drawn[decode(encoded) == 1] = place
        else:
            outline = np.array(shape['points'], dtype=np.int32)
            cv2.fillPoly(drawn, [outline], place)
    assert np.array_equal(drawn, found.mask)


def test_colours_of_voc():
    known = {0: (0, 0, 0), 1: (128, 0, 0), 15: (192, 128, 128), 20: (0, 64, 128)}
    for number, color in known.items():
        assert tuple(voc_palette()[number]) == color
    assert tuple(voc_palette()[255]) == (224, 224, 192)


@pytest.mark.parametrize(
    ('name', 'stem'),
    [
        ('a.jpg', 'a'),
        ('sub/a.b.png', 'sub/a.b'),
        ('film/000001', 'film/000001'),
        ('../../etc/passwd', 'etc/passwd'),
        ('/abs/a.png', 'abs/a'),
    ],
)
def test_names_never_leave_the_folder(name, stem):
    assert stem_of(name) == stem


def test_unknown_kinds_are_refused(tmp_path):
    with pytest.raises(ValueError, match='expected some of mask, overlay'):
        ResultWriter(tmp_path, ['png'])
