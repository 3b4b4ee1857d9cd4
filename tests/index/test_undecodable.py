"""One cause has one text, whatever reads the file."""

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion.folder_files import image_facts
from fss_mm.index.image_files import first_undecodable
from fss_mm.index.mask_table import scan_masks
from fss_mm.inference.own_masks import UnusableMask, read_mask
from fss_mm.inference.pictures import Picture, PictureReader, UnreadablePicture


def told(error, call, *args):
    with pytest.raises(error) as found:
        call(*args)
    return str(found.value)


@pytest.mark.parametrize(
    ('spoil', 'reason'),
    [
        (lambda png: b'', 'an empty file (0 bytes); fetch or export it again'),
        (
            lambda png: b'a page of the web',
            'not an image of a known format; fetch or export it again',
        ),
        (
            lambda png: png[: len(png) // 2],
            'damaged or half downloaded; fetch or export it again',
        ),
    ],
)
def test_all_that_read_a_file_say_the_same(tmp_path, spoil, reason):
    path = tmp_path / 'x.png'
    pixels = np.random.default_rng(0).integers(0, 2, (40, 40), np.uint8)
    Image.fromarray(pixels).save(path)
    path.write_bytes(spoil(path.read_bytes()))
    picture = Picture('photograph', np.zeros((40, 40, 3), np.uint8))
    texts = [
        scan_masks(tmp_path, progress=False).errors['x.png'],
        image_facts(path).problem,
        first_undecodable([None, str(path)], OSError('no name')),
        told(UnreadablePicture, PictureReader(), path),
        told(UnusableMask, read_mask, path, picture),
    ]
    assert all(text.endswith(reason) for text in texts), texts
