"""Annotations as tools write them: one line for each cause, and names of images."""

import re
from functools import partial

import pytest

from tests.conversion.annotation_trees import (
    CATEGORIES,
    NUMBER,
    ROOT_CATEGORY,
    WIDTH,
    coco_tree,
    labelme_tree,
    polygon,
    save_photograph,
)

JSON = ('--annotations', 'a.json')
ROBOFLOW = partial(
    coco_tree,
    img_dir='train',
    json_path='train/_annotations.coco.json',
    categories=[ROOT_CATEGORY, *CATEGORIES],
)

FAULTY = dict(
    boxes=(
        lambda i, box: dict(segmentation=[], bbox=[*box[:2], 9, 9]),
        'a box without polygon or mask, as for detection; export masks or polygons',
    ),
    normalised=(
        lambda i, box: dict(segmentation=polygon(0.1, 0.1, 0.4, 0.5)),
        "coordinates from 0 to 1, in parts of the image's size, as YOLO has them",
    ),
    outside=(
        lambda i, box: dict(segmentation=polygon(WIDTH + 1, 1, WIDTH + 9 + i, 9)),
        'a polygon outside of the image; correct or delete the annotation',
    ),
    points=(
        lambda i, box: dict(segmentation=[[5 + i, 5]]),
        'a polygon of less than three points; correct or delete the annotation',
    ),
    nested=(
        lambda i, box: dict(segmentation=[[[1, 1], [9, 1], [9, 9 + i]]]),
        'a polygon that is no flat list of numbers; write each polygon as [x, y, ',
    ),
)


@pytest.mark.parametrize('case', FAULTY)
def test_one_cause_is_one_line(check, tmp_path, case):
    """Also where all objects have it, so that no class has an image."""
    draw, cause = FAULTY[case]
    root = coco_tree(tmp_path / 'birds', draw=draw)
    status, _, lines = check(root, *JSON, classes=())
    assert status == 1 and lines[-2] == '1 problem:', lines
    assert lines[-1].startswith(f'{NUMBER} files: {cause}')


def test_names_of_several_images(check, tmp_path):
    root = coco_tree(tmp_path / 'birds')
    for folder in ('day', 'night'):
        save_photograph(root / f'images/{folder}/000.jpg', 1, (1,), 1)
    (root / 'images/000.jpg').unlink()
    status, _, lines = check(root, *JSON, classes=())
    assert status == 1 and lines[-2] == '1 problem:', lines
    assert 'a.json, 000.jpg (day/000, night/000): a name of several images' in lines[-1]
    path = root / 'a.json'
    path.write_text(path.read_text().replace('"000.jpg"', '"day/000.jpg"'))
    status, out, lines = check(root, *JSON, classes=())
    assert status == 0, lines


@pytest.mark.parametrize(
    'make, found',
    [
        (coco_tree, 'a.json'),
        (ROBOFLOW, 'train/_annotations.coco.json'),
        (labelme_tree, 'images'),
        (partial(labelme_tree, folder='masks'), 'masks'),
    ],
)
def test_annotations_that_were_not_named(check, tmp_path, make, found):
    root = make(tmp_path / 'birds')
    img_dir = '--img-dir train'.split() if 'train' in found else []
    status, _, err = check(root, *img_dir, classes=())
    assert status == 2
    assert f'; if masks are in {found!r}, --annotations {found} (in a con' in err[0]
    assert check(root, *img_dir, '--annotations', found, classes=())[0] == 0


def test_the_digests_of_all_jsons_are_kept(check, tmp_path):
    root = labelme_tree(tmp_path / 'birds')
    check(root, '--annotations', 'images', classes=())
    assert len((root / 'data.sha256').read_text().splitlines()) == 2 * NUMBER
    path = root / 'images/003.json'
    path.write_text(path.read_text().replace('wren', 'owl'))
    status, out, _ = check(root, '--verify')
    assert status == 1 and '003.json' in out


def test_shapes_without_an_area_are_one_line(check, tmp_path):
    root = labelme_tree(tmp_path / 'birds')
    for path in sorted(root.glob('images/*.json'))[:3]:
        path.write_text(
            re.sub('"(rectangle|polygon)"', '"linestrip"', path.read_text())
        )
    status, _, lines = check(root, '--annotations', 'images', classes=())
    assert status == 1 and lines[-2] == '1 problem:', lines
    assert lines[-1].startswith(
        "3 files: a shape of type 'linestrip', which has no area; draw the object as a "
        'polygon, or delete the shape: images/000.json, shape 1, images/001.json, '
    )
