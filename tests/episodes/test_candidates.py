"""Classes with too few images: told with the cause, or left out on request."""

import numpy as np
import pytest

from fss_mm.episodes.candidates import listed_candidates, select_candidates
from fss_mm.index import ClassIndex

NAMES = {1: 'owl', 2: 'wren', 3: 'robin'}
INDEX = ClassIndex.from_counts(
    dict(a={1: 9}, b={1: 9, 2: 4}, c={1: 9, 2: 9, 3: 5}, d={2: 9, 3: 9})
)


def images(candidates) -> dict[int, list[int]]:
    return {c: found.tolist() for c, found in candidates.images.items()}


def test_poor_classes_are_left_out_on_request():
    found = select_candidates(INDEX, NAMES)
    assert images(found.without_poor(0)) == images(found)
    assert images(found.without_poor(2)) == images(found)
    rich = found.without_poor(3)
    assert images(rich) == {1: [0, 1, 2], 2: [1, 2, 3]}
    assert rich.classes == (1, 2) and rich.class_names == {1: 'owl', 2: 'wren'}
    assert [tuple(one) for one in rich.left_out] == [(3, 'robin', 2, 0)]
    rich.require(2)


def test_pairs_of_a_list_go_with_their_class():
    pairs = [('d', 3), ('b', 1), ('a', 1)]
    found = listed_candidates(INDEX, NAMES, pairs).without_poor(2)
    assert found.listed == ((1, 1), (1, 0)) and found.classes == (1,)
    np.testing.assert_array_equal(found.images[1], [1, 0])


def test_images_with_a_novel_class_are_counted():
    base = {1: 'owl', 2: 'wren'}
    found = select_candidates(INDEX, base, drop_classes=(3,))
    assert images(found) == {1: [0, 1], 2: [1]} and found.dropped == {1: 1, 2: 2}
    assert str(found.poor(2)[0]) == "'wren' (id 2) has 1, and 2 with a novel class"
    with pytest.raises(ValueError) as error:
        found.require(1)
    for text in (
        "need at least 2 images of each class, but 'wren' (id 2) has 1, and 2 with",
        "novel_images='drop' leaves out images with a novel class: use 'ignore' or",
        'or leave such classes out with min_images=2',
    ):
        assert text in str(error.value)


def test_the_remedy_without_a_novel_class():
    found = select_candidates(INDEX, NAMES)
    with pytest.raises(ValueError) as error:
        found.require(2)
    assert "'robin' (id 3) has 2. Add images, lower num_shots" in str(error.value)
    assert 'with min_images=3' in str(error.value)
    with pytest.raises(ValueError, match='lower num_shots or min_pixels$'):
        found.require(5)  # to leave such classes out would leave none


def test_nothing_is_left():
    found = select_candidates(INDEX, NAMES).without_poor(9)
    with pytest.raises(ValueError, match=r"min_images leaves out all, 'owl' \(id 1\)"):
        found.require(1)
