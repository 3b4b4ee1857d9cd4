"""Counts of annotated objects."""

import numpy as np
import pytest

from fss_mm.index.annotations import AnnotatedImage, Annotations
from fss_mm.index.instance_source import InstanceSource
from fss_mm.index.instances import Instance, rle_of


def index_of(size, *objects):
    """The index of an image with an owl for each mask and flag of a crowd."""
    found = [
        Instance(i, 1, 1, crowd, rle_of(m)) for i, (m, crowd) in enumerate(objects)
    ]
    image = AnnotatedImage('x', size, tuple(found))
    return InstanceSource(Annotations('', ('owl',), {'x': image})).index()


def test_pixels_on_the_grid_of_objects_that_overlap(tmp_path):
    """Counted once; rows and columns 1, 33 and 65 of 70 x 100 pixels, and column 97."""
    first, second = (np.zeros((70, 100), bool) for _ in range(2))
    first[:40, :40], second[30:, 30:] = True, True
    index = index_of((70, 100), (first, False), (second, False), (~first, True))
    assert index.grid_pixels.tolist() == [4 + 6 - 1]
    assert index.grid_pixels[0] == (first | second)[1::32, 1::32].sum()


@pytest.mark.parametrize('size', [(1, 1), (1, 50), (2, 2), (34, 34)])
def test_the_grid_of_small_images(size):
    everything = np.ones(size, bool)
    index = index_of(size, (everything, False))
    assert index.grid_pixels.tolist() == [everything[1::32, 1::32].sum()]
