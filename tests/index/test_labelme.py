"""LabelMe's shapes as objects: pixels by hand, and what shows none."""

import base64
import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from fss_mm.datasets import FewShotFolderDataset
from fss_mm.index.instances import Instance, draw_class
from fss_mm.index.labelme_shapes import ShapeError, segmentation_of
from tests.conftest import LOAD

HEIGHT, WIDTH = 20, 30


def drawn(shape: dict) -> np.ndarray:
    found = segmentation_of(shape, HEIGHT, WIDTH)
    return draw_class([Instance(1, 1, 'owl', False, found)], HEIGHT, WIDTH)


def rectangle(x: int, y: int, u: int, v: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[y:v, x:u] = 1
    return mask


def png(mask: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, 'PNG')
    return base64.b64encode(file.getvalue()).decode()


CORNERS = [[3, 2], [9, 2], [9, 7], [3, 7]]


@pytest.mark.parametrize(
    'shape',
    [
        dict(shape_type='polygon', points=CORNERS),
        dict(points=CORNERS),
        dict(shape_type=None, points=CORNERS),
        dict(shape_type='rotation', points=CORNERS),
        dict(shape_type='rectangle', points=CORNERS),
        dict(shape_type='rectangle', points=[[3, 2], [9, 7]]),
        dict(shape_type='rectangle', points=[[9, 2], [3, 7]]),
    ],
)
def test_a_rectangle_in_each_form(shape):
    np.testing.assert_array_equal(drawn(shape), rectangle(3, 2, 9, 7))


@pytest.mark.parametrize('white', [1, 255, True])
def test_a_mask(white):
    part = np.zeros((3, 4), bool if white is True else np.uint8)
    part[1:, :2] = white
    shape = dict(shape_type='mask', points=[[5, 6], [8, 8]], mask=png(part))
    np.testing.assert_array_equal(drawn(shape), rectangle(5, 7, 7, 9))


def test_a_circle():
    mask = drawn(dict(shape_type='circle', points=[[15, 10], [15, 2]]))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    distance = np.hypot(x - 15, y - 10)
    assert mask[distance < 7.3].all() and not mask[distance > 8.7].any()
    assert abs(mask.sum() / (math.pi * 64) - 1) < 0.05


@pytest.mark.parametrize(
    'shape, message',
    [
        (dict(shape_type='point', points=[[1, 1]]), "type 'point', which has no area"),
        (dict(shape_type='linestrip', points=CORNERS), 'draw the object as a polygon'),
        (dict(shape_type='cuboid', points=CORNERS), "type 'cuboid', which is not read"),
        (dict(shape_type='circle', points=[[1, 1]]), 'a circle of 1 points, expected'),
        (dict(shape_type='mask', points=[[1, 1], [2, 2]], mask='?'), 'does not decode'),
        (dict(shape_type='mask', points=[[1, 1], [2, 2]]), 'does not decode'),
        (
            dict(
                shape_type='mask',
                points=[[28, 1], [31, 3]],
                mask=png(np.ones((3, 4), np.uint8)),
            ),
            'leaves the image',
        ),
    ],
)
def test_shapes_that_show_no_object(shape, message):
    with pytest.raises(ShapeError, match=message):
        segmentation_of(shape, HEIGHT, WIDTH)


# ---- a folder ----------------------------------------------------------------------


def shape(label, *corners, **more):
    points = corners or ((3, 2), (9, 7))
    return dict(label=label, shape_type='rectangle', points=points) | more


def save(root, name, *shapes, folder='images', **more):
    """An image, and LabelMe's JSON on it."""
    path = root / f'images/{name}.png'
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (WIDTH, HEIGHT)).save(path)
    table = dict(
        version='5.2.1',
        shapes=shapes,
        imagePath=f'..\\images\\{name}.png',
        imageData='aaaa',
        imageHeight=HEIGHT,
        imageWidth=WIDTH,
    )
    path = root / folder / f'{name}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table | more))


def make(root, folder='images', **kwargs):
    kwargs = dict(novel_classes=('owl',), test_mode=True) | kwargs
    return FewShotFolderDataset(
        str(root), annotations=folder, query_pipeline=LOAD, **kwargs
    )


@pytest.mark.parametrize('folder', ['images', 'labels'])
def test_a_folder_of_jsons(tmp_path, folder):
    void = shape('__ignore__', (0, 0), (2, 2))
    background = shape('_background_', (0, 0), (9, 9))
    save(tmp_path, 'a', shape('owl'), shape('wren'), void, folder=folder)
    save(tmp_path, 'b', shape('owl'), background, folder=folder)
    save(tmp_path, 'day/c', folder=folder)
    dataset = make(tmp_path, folder)
    assert dataset.classes == ('owl', 'wren')
    assert dataset.index.names == ('a', 'b', 'day/c')
    assert [i.tolist() for i in dataset.candidates.images.values()] == [[0, 1]]
    assert dataset.index.pixels.tolist() == [30, 30, 30]
    owl = dataset.source.info('a', 1)
    expected = rectangle(3, 2, 9, 7)
    expected[:2, :2] = 255
    np.testing.assert_array_equal(
        draw_class(owl['instances'], *owl['mask_size']), expected
    )


def test_a_json_of_another_name_is_of_the_image_that_it_names(tmp_path):
    save(tmp_path, 'a', shape('owl'))
    (tmp_path / 'images/a.json').rename(tmp_path / 'images/task 1.json')
    assert make(tmp_path).index.names == ('a',)


@pytest.mark.parametrize(
    'shapes, more, message',
    [
        ([shape('owl', shape_type='line')], {}, 'images/b.json, shape 1: a shape of'),
        ([], dict(imageHeight=None), "images/b.json: not LabelMe's format"),
        ([shape('owl', (1,))], {}, "images/b.json: not LabelMe's format"),
        ([], dict(shapes=3), "images/b.json: no 'shapes'"),
        ([shape('owl', (90, 90), (99, 99))], {}, 'annotation 1: a polygon outside'),
    ],
)
def test_jsons_that_cannot_be_used(tmp_path, shapes, more, message):
    save(tmp_path, 'a', shape('owl'))
    save(tmp_path, 'b', *shapes, **more)
    with pytest.raises(ValueError, match=f'(?s)1 files cannot be used.*{message}'):
        make(tmp_path)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(folder='labels'), FileNotFoundError, 'holds no .json of LabelMe; check'),
        (dict(folder='no'), FileNotFoundError, 'does not exist; check data_root and a'),
        (dict(classes=('eel',)), ValueError, r"no label \['eel'\]; it has \['owl'\]"),
    ],
)
def test_bad_arguments(tmp_path, kwargs, error, message):
    save(tmp_path, 'a', shape('owl'))
    (tmp_path / 'labels').mkdir()
    with pytest.raises(error, match=message):
        make(tmp_path, **kwargs)


def test_jsons_that_nobody_asked_for_are_named(tmp_path):
    save(tmp_path, 'a', shape('owl'))
    with pytest.raises(FileNotFoundError, match="'images', --annotations images"):
        FewShotFolderDataset(str(tmp_path), novel_classes=('owl',))
