"""What is left of a class in resizing, against the resizing itself."""

import mmcv
import numpy as np
import pytest

from fss_mm.index.resized_masks import (
    box_vanishes,
    kept_lines,
    pixels_after_resizing,
)


def test_every_third_row_of_nine():
    assert kept_lines(9, 3).tolist() == [0, 3, 6]


def test_an_object_between_the_lines_is_gone_and_one_on_them_is_not():
    mask = np.zeros((9, 9), bool)
    mask[1:3, 1:9] = True
    assert pixels_after_resizing(mask, (3, 3)) == 0
    mask[3, 6] = True
    assert pixels_after_resizing(mask, (3, 3)) == 1


@pytest.mark.parametrize('size', [(321, 321), (97, 33), (1200, 700), (41, 500)])
@pytest.mark.parametrize('shape', [(1000, 1200), (333, 500), (321, 321), (64, 41)])
def test_as_mmcv_resizes_masks(shape, size):
    random = np.random.default_rng(0)
    mask = (random.random(shape) < 0.01).astype(np.uint8)
    resized = mmcv.imresize(mask, size[::-1], interpolation='nearest', backend='cv2')
    assert pixels_after_resizing(mask == 1, size) == resized.sum()


def test_a_box_that_vanishes_takes_its_object_with_it():
    random = np.random.default_rng(0)
    shape, size, gone = (100, 120), (31, 31), 0
    for _ in range(100):
        (y, x), (height, width) = random.integers(0, 95, 2), random.integers(1, 5, 2)
        box = int(y), int(x), int(y + height), int(x + width)
        full = np.zeros(shape, bool)
        full[box[0] : box[2], box[1] : box[3]] = True
        vanishes = pixels_after_resizing(full, size) == 0
        assert box_vanishes(box, shape, size) == vanishes
        gone += vanishes
    assert 0 < gone < 100
