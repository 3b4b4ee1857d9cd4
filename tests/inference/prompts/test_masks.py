"""What prompts become on drawn pictures."""

import logging

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference import Box, Points, Polygon, ScribbleImage, Scribbles
from fss_mm.inference.own_masks import UnusableMask
from fss_mm.inference.pictures import Picture
from fss_mm.inference.prompts import OwnPrompter, mask_of, masks, own_prompter
from fss_mm.inference.prompts.drawing import draw_polygon, draw_scribbles
from tests.inference.conftest import GRAY, GREEN, RED
from tests.inference.prompts.drawn import PROMPTS, disc, iou, picture, strokes

ORIENTATION = 0x0112


@pytest.fixture
def prompter(model):
    return OwnPrompter(model.segmentor, model.prepare)


@pytest.mark.parametrize('name', PROMPTS)
def test_each_prompt_finds_the_disc(prompter, name):
    """And again the same, whatever was drawn from OpenCV's generator before."""
    found = prompter(picture(), PROMPTS[name])
    assert iou(found, disc()[1]) > 0.95
    cv2.setRNGSeed(7)
    assert np.array_equal(prompter(picture(), PROMPTS[name]), found)


def test_large_pictures_are_made_small_for_grabcut(prompter):
    image, mask = disc((600, 800), (400, 300), 100)
    for prompt in (
        Box(290, 190, 510, 410),
        Scribbles([[(370, 300), (430, 300)]]),
        Points([(400, 300)]),
    ):
        assert iou(prompter(Picture('large', image), prompt), mask) > 0.95


def test_a_small_box_in_a_large_picture_keeps_its_pixels(prompter):
    """A box is looked at with what is around it, not with all of the picture."""
    image, mask = disc((900, 1200), (700, 500), 10)
    assert iou(prompter(Picture('large', image), Box(685, 485, 716, 516)), mask) > 0.9


def test_a_point_means_its_own_of_two_equal_discs(prompter):
    """Two points mean both, and a line means what it is on."""
    image, first = disc()
    second = cv2.circle(np.zeros(first.shape, np.uint8), (130, 100), 15, 1, -1) > 0
    image[second] = RED
    both = Picture('both', image)
    for prompt, mask in (
        (Points([(70, 60)]), first),
        (Points([(130, 100)]), second),
        (Points([(130, 100), (70, 60)]), first | second),
        (Scribbles([[(125, 100), (135, 100)]]), second),
    ):
        assert iou(prompter(both, prompt), mask) > 0.95


def test_a_negative_point_takes_away_what_looks_so(prompter):
    """A disc beside a plate that looks like it more than like the rest."""
    image, mask = disc()
    plate = np.zeros(mask.shape, bool)
    plate[30:90, 100:140] = True
    image[plate & ~mask] = (40, 40, 200)
    found = prompter(Picture('a', image), Points([(60, 60)], [(130, 40), (10, 10)]))
    assert iou(found, mask) > 0.9


def test_a_polygon_has_holes_and_the_pixels_of_labelme():
    outer, inner = [(2, 1), (12, 1), (12, 9), (2, 9)], [(4, 3), (8, 3), (8, 6), (4, 6)]
    expected = np.zeros((10, 15), bool)
    expected[1:9, 2:12] = True
    assert np.array_equal(draw_polygon(Polygon(outer), (10, 15)), expected)
    expected[3:6, 4:8] = False
    for rings in ((outer, inner), (inner, outer), (outer, inner[::-1])):
        assert np.array_equal(draw_polygon(Polygon(*rings), (10, 15)), expected)


def test_lines_have_pixels_and_say_nothing_where_both_kinds_cross():
    lines = Scribbles([[(1, 2), (5, 2)]], [[(3, 0), (3, 4)]], width=1)
    drawn = draw_scribbles(lines, (5, 7))
    assert drawn[2].tolist() == [0, 1, 1, 0, 1, 1, 0]
    assert drawn[:, 3].tolist() == [2, 2, 0, 2, 2]
    dot = draw_scribbles(Scribbles([[(2.9, 1.2)]], width=1), (3, 4))
    assert np.argwhere(dot).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ('prompt', 'text'),
    [
        (Box(-1, 0, 5, 5), r'Box with \(-1, 0\), which is outside of the picture of'),
        (
            Box(0, 0, 161, 5),
            '160 x 120 pixels .width x height.; give x from 0 to 160 and y',
        ),
        (
            Points([(160, 5)]),
            r'Points with \(160, 5\).*x from 0 to below 160 and y from 0 '
            'to below 120',
        ),
        (Points([(1, 1)], [(5, 120)]), r'Points with \(5, 120\)'),
        (Scribbles([[(1, 1), (500, 1)]]), r'Scribbles with \(500, 1\)'),
        (Scribbles([[(1, 1)]], [[(1, -1)]]), r'Scribbles with \(1, -1\)'),
        (Polygon([(0, 0), (161, 0), (0, 9)]), r'Polygon with \(161, 0\)'),
        (Box(0, 0, 160, 120), 'box:0,0,160,120 became all of the picture, and a suppo'),
        (Polygon([(0, 0), (160, 0), (160, 120), (0, 120)]), 'became all of the'),
        (
            Polygon([(1, 1), (2, 2), (3, 3)]),
            'polygon:1,1,2,2,3,3 became no pixel; mark',
        ),
        (Scribbles([[(5, 5)]], width=1), 'strokes of too few pixels to know'),
    ],
)
def test_prompts_that_cannot_be_used(prompter, prompt, text):
    with pytest.raises(UnusableMask, match=text) as raised:
        mask_of(picture(), prompt, prompter)
    assert str(raised.value).startswith('disc.png: ')
    assert '\n' not in str(raised.value)


def test_a_picture_without_anything_in_it(prompter, monkeypatch):
    """A box is taken as it is, which is said; points become all, which is refused."""
    said = []
    monkeypatch.setattr(own_prompter, 'print_log', lambda text, *_: said.append(text))
    plain = Picture('plain', np.full((40, 60, 3), GRAY, np.uint8))
    found = mask_of(plain, Box(10, 5, 30, 25), prompter)
    assert found.sum() == 400 and found[5:25, 10:30].all()
    assert len(said) == 1 and 'nothing in box:10,5,30,25 differs in colour' in said[0]
    with pytest.raises(UnusableMask, match='points:30,20 became all of the picture'):
        mask_of(plain, Points([(30, 20)]), prompter)


@pytest.mark.parametrize('side', [1, 2, 3])
def test_tiny_boxes_and_pictures(prompter, side):
    found = mask_of(picture(), Box(70, 60, 70 + side, 60 + side), prompter)
    assert found.sum() >= 1 and found[60 : 60 + side, 70 : 70 + side].any()
    assert found.sum() <= side * side
    small = Picture('small', np.full((side, 3, 3), GRAY, np.uint8))
    assert mask_of(small, Box(0, 0, 1, 1), prompter).sum() == 1


def test_a_box_between_pixels_is_the_pixels_whose_centres_it_holds(prompter):
    plain = Picture('plain', np.full((40, 60, 3), GRAY, np.uint8))
    found = mask_of(plain, Box(10.4, 5.6, 30.4, 25.6), prompter)
    assert np.array_equal(np.flatnonzero(found.any(axis=0)), np.arange(10, 30))
    assert np.array_equal(np.flatnonzero(found.any(axis=1)), np.arange(6, 26))


def saved(folder, image, name, orientation=1):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(np.ascontiguousarray(image[..., ::-1])).save(
        folder / name, exif=exif
    )
    return str(folder / name)


def test_coordinates_are_of_the_turned_photograph(model, tmp_path):
    """Tag 6: the file lies on its side; it is looked at turned to the right."""
    image, mask = disc()
    path = saved(tmp_path, np.rot90(image), 'a.png', 6)
    assert iou(model.mask_of(path, PROMPTS['box']), mask) > 0.95
    with pytest.raises(UnusableMask, match='160 x 120 .* as its EXIF tag 6 turns it'):
        model.mask_of(path, Box(0, 0, 20, 150))


def test_strokes_lie_as_the_photograph_does_or_as_its_file(model, tmp_path):
    image, mask = disc()
    path = saved(tmp_path, np.rot90(image), 'a.png', 6)
    drawn = strokes(image)
    for name, pixels in (('upright.png', drawn), ('lying.png', np.rot90(drawn))):
        prompt = ScribbleImage(saved(tmp_path, pixels, name))
        assert iou(model.mask_of(path, prompt), mask) > 0.95


@pytest.mark.parametrize('form', ['jpeg', 'transparent', 'black', 'pillow'])
def test_strokes_in_other_images(prompter, tmp_path, form):
    """A JPEG of the photograph, and strokes on nothing."""
    image, mask = disc()
    black = strokes(np.zeros_like(image))
    if form == 'jpeg':
        path = tmp_path / 'a.jpg'
        rgb = Image.fromarray(np.ascontiguousarray(strokes(image)[..., ::-1]))
        rgb.save(path, quality=95, subsampling=0)
        source = path
    elif form == 'transparent':
        alpha = 255 * black.any(axis=2, keepdims=True).astype(np.uint8)
        pixels = np.concatenate([black[..., ::-1], alpha], axis=2)
        Image.fromarray(pixels).save(tmp_path / 'a.png')
        source = tmp_path / 'a.png'
    else:
        source = black
        if form == 'pillow':
            source = Image.fromarray(np.ascontiguousarray(black[..., ::-1]))
    assert iou(prompter(picture(), ScribbleImage(source)), mask) > 0.95


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('none.png', 'none.png: no such file'),
        ('text.png', 'text.png: not an image of a known format'),
        (
            'size.png',
            r'60 x 80 \(height x width\), and its image disc.png is 120 x 160;',
        ),
        ('plain.png', r'no green stroke \(#00ff00\) on the object; draw on a copy of'),
        ('pages.gif', 'of 3 pages or frames'),
        (5, 'strokes of disc.png: of type int, expected a file'),
        (np.zeros((120, 160), np.uint8), r'an array of shape \(120, 160\) and type ui'),
    ],
)
def test_images_of_strokes_that_cannot_be_used(prompter, tmp_path, name, text):
    image = disc()[0]
    (tmp_path / 'text.png').write_text('hello')
    cv2.imwrite(str(tmp_path / 'size.png'), strokes(image)[::2, ::2])
    cv2.imwrite(str(tmp_path / 'plain.png'), image)
    frames = [Image.new('RGB', (8, 8), color) for color in ('red', 'blue', 'green')]
    frames[0].save(tmp_path / 'pages.gif', save_all=True, append_images=frames[1:])
    source = tmp_path / name if isinstance(name, str) else name
    with pytest.raises(UnusableMask, match=text):
        prompter(picture(), ScribbleImage(source))


def test_a_prompter_of_ones_own():
    """It is any function; what it gives is looked at."""
    mask = disc()[1]
    box = PROMPTS['box']
    assert mask_of(picture(), box, lambda *_: mask) is mask
    for wrong in (mask.astype(np.uint8), mask[1:]):
        with pytest.raises(ValueError, match='the prompter gave an array of shape'):
            mask_of(picture(), box, lambda *_, wrong=wrong: wrong)


def test_long_prompts_are_cut_in_messages():
    assert len(masks.shown(PROMPTS['polygon'])) == 63
    assert masks.shown(PROMPTS['box']) == 'box:35,25,105,95'


def test_green_and_red_of_the_photograph_are_no_strokes(prompter):
    """A green object, painted on, on a copy of its photograph."""
    image, mask = disc()
    image[mask] = GREEN
    drawn = image.copy()
    cv2.line(drawn, (10, 10), (140, 10), (0, 0, 255), 3)
    drawn[58:62, 60:85] = (0, 255, 0)
    found = prompter(Picture('green', image), ScribbleImage(drawn))
    assert iou(found, mask) > 0.95


@pytest.mark.parametrize(('pixels', 'warned'), [(19, True), (20, False)])
def test_next_to_nothing_is_warned_of(monkeypatch, pixels, warned):
    """19 of 19,200 pixels are less than a thousandth, 20 are more."""
    said = []
    monkeypatch.setattr(masks, 'print_log', lambda *words: said.append(words))
    mask = np.zeros((120, 160), bool)
    mask.flat[:pixels] = True
    masks.say_share(picture(), PROMPTS['point'], mask)
    ((text, _, *level),) = said
    assert 'became 0.10% of the picture' in text
    assert (level == [logging.WARNING] and 'mark more' in text) == warned
