"""Supports as people have them: masks, prompts, and masks of several classes."""

import gc
import weakref

import cv2
import numpy as np
import pytest
from PIL import Image

from fss_mm.inference import (
    Box,
    FewShotInferencer,
    Points,
    ScribbleImage,
    class_learner,
)
from fss_mm.inference import index_supports as index_module
from fss_mm.inference.prompts import masks as masks_module
from tests.inference.conftest import BLUE, GREEN, RED, color_config, square
from tests.inference.prompts.drawn import PROMPTS, disc, iou, strokes


@pytest.fixture
def said(monkeypatch):
    """What is said in the log of prompts and of index masks."""
    lines = []
    for module in (masks_module, index_module):
        monkeypatch.setattr(module, 'print_log', lambda text, *_: lines.append(text))
    return lines


def scene(*squares, size=(64, 64)):
    """Squares of several colours on grey, and a mask that numbers them from 1 on."""
    image, values = square(RED, (0, 0, 0, 0), size)
    for value, (color, box) in enumerate(squares, start=1):
        other, where = square(color, box, size)
        image[where > 0], values[where > 0] = other[where > 0], value
    return image, values


TWO = scene((RED, (4, 4, 24, 24)), (GREEN, (36, 30, 20, 24)))


def test_masks_and_prompts_mix(model, said):
    image, mask = disc()
    learned = model.add_class(
        'disc', [image] * 3, [PROMPTS['box'], mask, PROMPTS['points']]
    )
    assert [one.prompt for one in learned.supports] == [
        PROMPTS['box'], None, PROMPTS['points'],
    ]  # fmt: skip
    for support in learned.supports:
        assert iou(support.labels == 1, mask) > 0.95
    share = f'{mask.mean():.2%} of the picture'
    assert said == [
        f'support 1: box:35,25,105,95 became {share}',
        f'support 3: points:70,60/50,60/-20,20/-150,100 became {share}',
    ]
    assert iou(model(image).mask == 1, mask) > 0.9


def test_a_class_of_a_prompt_is_that_of_its_mask(model):
    """The mask that is shown first can be given in the place of the prompt."""
    image, _ = disc()
    shown = model.mask_of(image, PROMPTS['box'])
    first = model.add_class('a', image, PROMPTS['box'])
    model.remove_class('a')
    second = model.add_class('a', image, shown)
    assert shown.dtype == bool and first.origin == second.origin


def test_what_is_no_prompt_and_no_mask(model):
    image, _ = disc()
    with pytest.raises(
        ValueError, match='a prompt of type int, expected one of Box, P'
    ):
        model.mask_of(image, 5)
    with pytest.raises(ValueError, match="'box:1,2': expected four numbers"):
        model.add_class('disc', image, 'box:1,2')
    for numbers in ([35, 25, 105, 95], [[35, 25, 105, 95]]):
        text = r'of type list, expected .* or a prompt such as Box\(10, 20, 200, 180\)'
        with pytest.raises(ValueError, match=text):
            model.add_class('disc', image, numbers)
    with pytest.raises(ValueError, match='support 1: Box with .500, 4., which is outs'):
        model.add_class('disc', image, Box(1, 2, 500, 4))
    assert not model.classes


def test_a_prompt_may_be_a_word_as_in_the_shell(model):
    image, _ = disc()
    word, box = 'box:35,25,105,95', PROMPTS['box']
    assert np.array_equal(model.mask_of(image, word), model.mask_of(image, box))
    assert model.add_class('disc', image, word).supports[0].prompt == box


@pytest.mark.parametrize(
    ('argument', 'text'),
    [
        (dict(foreground='white'), "foreground='white' says something of masks"),
        (dict(foreground=0), 'foreground=0 says something of masks'),
        (dict(resize_masks=True), 'resize_masks=True says something of masks'),
    ],
)
def test_arguments_about_masks_where_there_is_none(model, argument, text):
    image, mask = disc()
    with pytest.raises(ValueError, match=text):
        model.add_class(
            'disc', [image] * 2, [PROMPTS['box'], PROMPTS['point']], **argument
        )
    if argument.get('foreground') != 0:
        model.add_class('disc', [image] * 2, [PROMPTS['box'], mask], **argument)


@pytest.mark.parametrize('prompt', [Box(0, 0, 160, 120), Box(0.2, 0.2, 159.9, 119.9)])
def test_a_box_over_the_whole_picture_is_refused_in_one_line(
    model, monkeypatch, prompt
):
    said = []
    monkeypatch.setattr(
        'fss_mm.inference.prompts.own_prompter.print_log', lambda *x: said.append(x)
    )
    with pytest.raises(ValueError, match='became all of the picture'):
        model.mask_of(disc()[0], prompt)
    assert not said


def test_pictures_of_supports(model, tmp_path):
    image, mask = disc()
    cv2.imwrite(str(tmp_path / 'photo 1.png'), image)
    model.add_class('disc', [tmp_path / 'photo 1.png', image], [PROMPTS['box'], mask])
    model.add_class('a/b', image, ScribbleImage(strokes(image)))
    files = model.show_supports(tmp_path / 'look')
    names = [str(path.relative_to(tmp_path / 'look')) for path in files]
    assert names == [
        'disc/1_photo 1.jpg',
        'disc/2_support 2.jpg',
        'a%2Fb/1_support 1.jpg',
    ]
    drawn = [np.asarray(Image.open(path)).astype(int) for path in files]
    plain = image[..., ::-1].astype(int)
    on_edge = drawn[0][25, 50]  # of the box, which is green; the second has none
    assert on_edge[1] > 180 and on_edge[0] < 90
    assert abs(drawn[1][25, 50] - plain[25, 50]).max() < 40
    tinted = abs(drawn[1] - plain).max(axis=2) > 60
    assert (tinted & mask).sum() > 0.9 * mask.sum()
    assert drawn[2][10, 75, 0] > 180 > 90 > drawn[2][10, 75, 1], 'a red stroke'
    assert model.show_supports(tmp_path / 'look') == files
    model.remove_class('disc')
    (tmp_path / 'look/disc/mine.txt').write_text('mine')
    assert model.show_supports(tmp_path / 'look') == files[2:]
    left = {path.name for path in (tmp_path / 'look').rglob('*') if path.is_file()}
    assert left == {'1_support 1.jpg', 'mine.txt', 'fss_mm_supports.json'}


def test_what_the_encoder_made_of_supports_is_released(model, monkeypatch):
    made, encode = [], class_learner.encode_supports
    monkeypatch.setattr(
        class_learner, 'encode_supports', lambda *x: made.extend(encode(*x)) or made
    )
    learned = model.add_class('red', *square(RED))
    kept = [weakref.ref(x) for one in made for x in (one.image, one.features[0])]
    made.clear()
    gc.collect()
    assert not any(one() for one in kept)
    assert learned.supports[0].picture.size == (64, 64)


def test_a_folder_of_something_else_is_left_alone(model, tmp_path):
    with pytest.raises(ValueError, match='no class has supports to show'):
        model.show_supports(tmp_path / 'new')
    image, mask = disc()
    model.add_class('disc', image, mask)
    model(image, out_dir=tmp_path / 'masks')
    model.save_classes(tmp_path / 'c.safetensors')
    for folder in (tmp_path / 'masks', tmp_path):
        with pytest.raises(FileExistsError, match='is not empty'):
            model.show_supports(folder)
    model.show_supports(tmp_path / 'look')
    with pytest.raises(FileExistsError, match='is not empty'):
        model(image, out_dir=tmp_path / 'look')
    other = FewShotInferencer(color_config())
    other.load_classes(tmp_path / 'c.safetensors')
    with pytest.raises(ValueError, match='no class has supports to show'):
        other.show_supports(tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_all_classes_of_index_masks(model, said):
    image, values = TWO
    learned = model.add_classes(image, values, {1: 'red', 2: 'green'})
    assert [one.name for one in learned] == ['red', 'green'] == [*model.classes]
    assert np.array_equal(model(image).mask[values > 0], values[values > 0])
    assert not said


def test_a_class_of_index_masks_is_that_of_one_mask(model):
    """Also where some pixels count nowhere."""
    image, values = TWO[0], TWO[1].copy()
    values[:3] = 255
    found = model.add_classes(image, values, {1: 'red', 2: 'green'})
    for value, one in enumerate(found, start=1):
        labels = np.where(values == 255, 255, values == value).astype(np.uint8)
        assert np.array_equal(one.supports[0].labels, labels)
        model.remove_class(one.name)
        alone = model.add_class(one.name, image, values, foreground=value)
        assert alone.origin == one.origin


def test_a_class_is_learned_from_those_photographs_that_show_it(model):
    red = scene((RED, (8, 8, 16, 16)))
    images, masks = zip(TWO, red)
    classes = model.add_classes(images, masks, {1: 'red', 2: 'green'})
    assert [one.num_supports for one in classes] == [2, 1]


def test_values_without_a_name_are_said_and_background_needs_none(model, said):
    image, values = scene(
        (RED, (2, 2, 20, 20)), (GREEN, (30, 2, 20, 20)), (BLUE, (30, 30, 20, 20))
    )
    model.add_classes(image, values, {0: 'background', 3: 'blue'})
    assert model.classes == ('blue',)
    assert said == ['2 values of masks without a name, taken as background: 1, 2']
    assert model(image).mask[values == 3].all()


FULL = np.where(np.arange(64) < 9, 255, 1).astype(np.uint8) * np.ones((64, 1), np.uint8)


@pytest.mark.parametrize(
    ('masks', 'classes', 'text'),
    [
        (TWO[1], {}, r'\{\}, expected names of values'),
        (TWO[1], ['red', 'green'], 'expected names of values, such as'),
        (TWO[1], {'1': 'red'}, "the value '1', expected whole numbers from 0 to 254"),
        (TWO[1], {255: 'red'}, 'the value 255, expected'),
        (TWO[1], {True: 'red'}, 'the value True, expected'),
        (TWO[1], {1: 'red', 2: 'red'}, "'red' names two values; give each value its"),
        (TWO[1], {0: 'background'}, 'background alone; give each'),
        (TWO[1], {1: 5}, '5 is no name of a class'),
        (TWO[1], {1: 'there'}, "class 'there' is there already"),
        (
            TWO[1],
            {1: 'red', 7: 'owl'},
            r'no mask shows 7 \(owl\); .* values 0, 1, 2: na',
        ),
        (FULL, {1: 'red'}, 'support 1: all of it is red, and a support needs backgr'),
        (
            TWO[1][1:],
            {1: 'red'},
            r'mask of support 1: 63 x 64 .* pass resize_masks=True',
        ),
        (
            PROMPTS['box'],
            {1: 'red'},
            'support 1: Box shows one class; give an index mas',
        ),
        ('none.png', {1: 'red'}, 'none.png: no such file'),
        (
            Image.new('RGB', (64, 64), 'red'),
            {1: 'red'},
            'a mask in colours, .*: give a mask that has a value, not a colour, for ea',
        ),
        ([TWO[1]] * 2, {1: 'red'}, '1 image and 2 masks'),
    ],
)
def test_index_masks_that_cannot_be_used(model, masks, classes, text):
    """Then no class is learned, neither one in front of the mistake."""
    model.add_class('there', *square(BLUE))
    with pytest.raises(ValueError, match=text):
        model.add_classes(TWO[0], masks, classes)
    assert model.classes == ('there',)


def test_index_masks_of_files(model, tmp_path):
    """A JPEG has no exact values; another size is taken if that is allowed."""
    image, values = TWO
    for name in ('a.png', 'a.jpg'):
        cv2.imwrite(str(tmp_path / name), values)
    with pytest.raises(ValueError, match='a.jpg: a JPEG, which changes the values'):
        model.add_classes(image, tmp_path / 'a.jpg', {1: 'red'})
    large = cv2.resize(values, (128, 128), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(tmp_path / 'large.png'), large)
    found = model.add_classes(
        image, tmp_path / 'large.png', {1: 'red', 2: 'green'}, resize_masks=True
    )
    assert np.array_equal(found[1].supports[0].labels, values == 2)


def test_index_masks_without_names_are_told_with_their_values(model):
    with pytest.raises(ValueError, match=r'holds the values 0 .*, 1 .*, 2 .*foregro'):
        model.add_class('red', *TWO)


def test_points_of_an_encoder_on_its_device(model):
    """Points are looked for in the network's size, and found in the photograph's."""
    image, mask = disc((50, 200), (160, 25), 15)
    assert iou(model.mask_of(image, Points([(160, 25)])), mask) > 0.9
