"""Boxes and points of small masks, computed by hand."""

import numpy as np

from fss_mm.models.refiners.mask_parts import parts_of


def probabilities():
    """8 x 10; a part of 3 x 5 pixels, one of a single pixel, and background of 0.2."""
    values = np.full((8, 10), 0.2, dtype=np.float32)
    values[2:5, 1:6] = 0.7
    values[7, 9] = 0.9
    return values


def test_a_box_and_points_of_each_part():
    """The inmost pixels of 3 x 5 are the middle ones of its middle row, first x=2.

    All of the part is equally certain: the inmost counts again. Of the background in
    the box that is one pixel larger all is equally sure, and all is a pixel from the
    part or the end of that box: the first is its corner.
    """
    first, second = parts_of(probabilities(), 0)
    assert first.box == (1, 2, 5, 4) and second.box == (9, 7, 9, 7)
    assert first.points == ((2, 3), (2, 3), (0, 1)) and first.labels == (1, 1, 0)
    assert second.points == ((9, 7), (9, 7), (8, 6)) and second.labels == (1, 1, 0)
    assert first.part.sum() == 15 and second.part.sum() == 1
    assert first.part[2:5, 1:6].all() and second.part[7, 9]


def test_certainty_decides_before_depth():
    values = probabilities()
    values[4, 5], values[5, 6] = 0.8, 0.05
    (first, _) = parts_of(values, 0)
    assert first.points == ((2, 3), (5, 4), (6, 5))


def test_small_parts_are_left_out():
    assert len(parts_of(probabilities(), 2 / 80)) == 1
    assert len(parts_of(probabilities(), 1 / 80)) == 2
    assert parts_of(probabilities(), 0.5) == []


def test_a_mask_without_background_has_no_point_of_it():
    (only,) = parts_of(np.full((5, 5), 0.9, dtype=np.float32), 0)
    assert only.box == (0, 0, 4, 4) and only.labels == (1, 1, -10)
    assert only.points[:2] == ((2, 2), (2, 2)), 'the border of the image is an edge'


def test_half_is_no_foreground():
    assert parts_of(np.full((5, 5), 0.5, dtype=np.float32), 0) == []
