"""Files with more pixels than Pillow opens are not damaged, and are told apart."""

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion.folder_files import image_facts
from fss_mm.index.image_files import first_undecodable
from fss_mm.index.mask_table import scan_masks
from fss_mm.structures import Episode


@pytest.fixture
def limit(monkeypatch):
    """Pillow opens up to 2 x 500 pixels here; a mask of the tree has 1,200."""
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 500)


MESSAGE = '1,200 pixels, more than the 1,000 that Pillow opens; cut it into tiles'


def test_masks_and_images_of_a_check(limit, voc_tree):
    table = scan_masks(voc_tree / 'SegmentationClassAug', progress=False)
    assert len(table.errors) == 24
    for reason in table.errors.values():
        assert reason.startswith(MESSAGE) and 'damaged' not in reason
    facts = image_facts(voc_tree / 'JPEGImages' / '1_0.jpg')
    assert facts.problem.startswith(MESSAGE)


def test_an_image_that_is_loaded(make_dataset, monkeypatch, voc_tree):
    dataset = make_dataset()
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 500)
    with pytest.raises(OSError, match='jpg: 1,200 pixels, more than the 1,000'):
        dataset[Episode(class_id=2, query=6, supports=(7,))]


def test_a_damaged_file_is_still_damaged(voc_tree):
    path = voc_tree / 'JPEGImages' / '1_0.jpg'
    path.write_bytes(path.read_bytes()[:200])
    assert 'damaged or half downloaded; fetch or export it again' in first_undecodable(
        [str(path)], OSError('x')
    )
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(path.with_suffix('.png'))
    assert first_undecodable([str(path.with_suffix('.png'))], OSError('x')) == 'x'
