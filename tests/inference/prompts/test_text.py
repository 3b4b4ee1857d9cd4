import pytest
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.inference import Box, Points, Polygon, ScribbleImage, Scribbles
from fss_mm.inference.prompts import read_prompt

NUMBERS = st.integers(0, 9999)
POINTS = st.tuples(NUMBERS, NUMBERS)
LINES = st.lists(POINTS, min_size=1, max_size=4)


@pytest.mark.parametrize(
    ('word', 'prompt'),
    [
        ('box:10,20,200.5,180', Box(10, 20, 200.5, 180)),
        ('points:120,80', Points([(120, 80)])),
        ('points:120,80/-30,40/5,6', Points([(120, 80), (5, 6)], [(30, 40)])),
        ('polygon:0,0,9,0,9,9', Polygon([(0, 0), (9, 0), (9, 9)])),
        (
            'polygon:0,0,9,0,9,9/1,1,2,1,2,2',
            Polygon([(0, 0), (9, 0), (9, 9)], [(1, 1), (2, 1), (2, 2)]),
        ),
        (
            'scribble:1,2,3,4/5,6/-7,8,9,9',
            Scribbles([[(1, 2), (3, 4)], [(5, 6)]], [[(7, 8), (9, 9)]]),
        ),
        ('scribble:strokes.png', ScribbleImage('strokes.png')),
        (r'scribble:C:\a\1.png', ScribbleImage(r'C:\a\1.png')),
        ('scribble:/home/me/1.png', ScribbleImage('/home/me/1.png')),
    ],
)
def test_words_that_are_prompts(word, prompt):
    assert read_prompt(word) == prompt


@pytest.mark.parametrize(
    'word',
    [
        'mug.png',
        r'C:\masks\mug.png',
        'C:/masks/mug.png',
        'c:1,2',
        './box:1,2,3,4',
        'https://example.com/1.png',
        'boxes.png',
        'a:b.png',
        'mug',
        '',
    ],
)
def test_words_that_are_files(word):
    assert read_prompt(word) is None


@given(LINES, st.lists(LINES, max_size=3))
def test_a_prompt_is_written_as_it_is_read(points, lines):
    """What messages and logs say of a prompt can be given to the command."""
    for prompt in (
        Points(points, [line[0] for line in lines]),
        Scribbles([points], lines),
        Box(*points[0], points[0][0] + 1, points[0][1] + 2),
        Polygon(
            [*points, (1, 2), (3, 4)], *([*line, (5, 6), (7, 8)] for line in lines)
        ),
    ):
        assert read_prompt(str(prompt)) == prompt


@pytest.mark.parametrize(
    ('word', 'text'),
    [
        ('box:1,2,3', "'box:1,2,3': 3 numbers in '1,2,3', expected pairs of x,y; su"),
        ('box:1,2', 'expected four numbers, none below 0; such as box:10,20,200,180'),
        ('box:-1,2,3,4', 'expected four numbers, none below 0'),
        ('box:1,-2,3,4/5,6,7,8', 'expected four numbers'),
        ('box:', "'' is no number"),
        ('box:a,b,c,d', "'a' is no number; such as box:10"),
        ('box:9,9,1,1', 'no area'),
        ('box:nan,0,1,1', 'expected two finite numbers'),
        ('points:', "'' is no number"),
        ('points:1,2,3,4', '4 numbers in one part, expected x,y; such as points:120'),
        ('points:-1,2', 'none is positive'),
        ('points:1;2', "'1;2' is no number"),
        ('polygon:0,0,1,1', '2 corners, expected 3 or more; such as polygon:0,0'),
        ('polygon:-1,0,1,1,2,2', 'a corner below 0'),
        ('scribble:', "'' is no number; such as scribble:10"),
        ('scribble:-1,2', 'none is positive'),
        ('bxo:1,2,3,4', "no prompt is called 'bxo', and no file; did you mean 'box'"),
        ('Box:1,2,3,4', "did you mean 'box'"),
        ('point:1,2', "did you mean 'points'"),
        ('ellipse:1,2,3,4', 'there are box, points, scribble, polygon'),
    ],
)
def test_words_that_are_neither(word, text):
    with pytest.raises(ValueError, match=text) as raised:
        read_prompt(word)
    assert '\n' not in str(raised.value)
