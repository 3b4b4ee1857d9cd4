import numpy as np
import pytest

from fss_mm.inference import Box, Points, Polygon, Scribbles

NAN = float('nan')


def test_prompts_are_values():
    """Lists, tuples and arrays of any numbers become the same value."""
    assert Points([(1, 2)]) == Points(np.array([[1, 2]])) == Points(((1.0, 2.0),))
    assert Scribbles([[(1, 2), (3, 4)]]) == Scribbles(np.array([[[1, 2], [3, 4]]]))
    assert Polygon([(0, 0), (4, 0), (4, 4)]).rings == (((0, 0), (4, 0), (4, 4)),)
    assert Box(np.int64(1), 2, 3, 4.5) == Box(1.0, 2.0, 3.0, 4.5)
    assert len({Box(1, 2, 3, 4), Box(1, 2, 3, 4), Points([(1, 2)])}) == 2


@pytest.mark.parametrize(
    ('make', 'text'),
    [
        (lambda: Box(5, 1, 5, 9), 'box:5,1,5,9: no area; expected x0 < x1'),
        (lambda: Box(5, 9, 7, 1), 'no area'),
        (
            lambda: Box(NAN, 1, 5, 9),
            r'Box: \(nan, 1\), expected two finite numbers, x and y',
        ),
        (
            lambda: Box(0, 0, float('inf'), 9),
            r'\(inf, 9\), expected two finite numbers',
        ),
        (lambda: Box('1', 1, 5, 9), r"\('1', 1\), expected two finite numbers"),
        (lambda: Box(True, 1, 5, 9), r'\(True, 1\), expected two finite numbers'),
        (lambda: Points([]), 'Points: none is positive; give one on the object'),
        (lambda: Points([], [(1, 2)]), 'none is positive'),
        (lambda: Points((1, 2)), 'Points: 1 in the place of points'),
        (lambda: Points('1,2'), "Points: '1,2' in the place of points"),
        (lambda: Points([(1, 2, 3)]), r'\(1, 2, 3\), expected two finite numbers'),
        (lambda: Points([(1, NAN)]), r'\(1, nan\), expected two finite numbers'),
        (lambda: Points([(1, 2)], [(1, None)]), r'\(1, None\), expected two'),
        (lambda: Scribbles([]), 'Scribbles: none is positive'),
        (lambda: Scribbles([], [[(1, 2)]]), 'none is positive'),
        (lambda: Scribbles([[]]), 'a line without a point'),
        (lambda: Scribbles([(1, 2)]), 'Scribbles: 1 in the place of points'),
        (lambda: Scribbles([[(1, 2)]], width=0), 'width=0, expected a whole number'),
        (lambda: Scribbles([[(1, 2)]], width=1.5), 'width=1.5, expected'),
        (
            lambda: Scribbles([[(1, 2)]], width=32768),
            'number of pixels, from 1 to 3276',
        ),
        (lambda: Polygon(), 'Polygon: 0 corners, expected 3 or more'),
        (lambda: Polygon([(0, 0), (1, 1)]), 'Polygon: 2 corners, expected 3'),
        (lambda: Polygon([(0, 0), (1, 1), (1, 0)], [(0, 0)]), '1 corners, expected 3'),
        (lambda: Polygon((0, 0), (1, 1), (1, 0)), '0 in the place of points'),
    ],
)
def test_what_is_no_prompt(make, text):
    with pytest.raises(ValueError, match=text):
        make()
