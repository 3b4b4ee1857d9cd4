"""Instances drawn into masks: hand-computed pixels, order, faults, repeats."""

import json
import os
import re
import sys

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle_tools

from fss_mm.conversion import coco as module
from fss_mm.conversion.coco import COCO_ARCHIVES, convert_coco, download
from fss_mm.conversion.coco_annotations import class_ids_of
from fss_mm.conversion.coco_masks import draw_instances
from fss_mm.conversion.command import conclude
from fss_mm.datasets import FewShotCOCODataset
from fss_mm.index.instance_faults import fault, run_lengths
from fss_mm.index.instances import Instance
from tests.conftest import LOAD
from tests.conversion.conftest import (
    CATEGORIES,
    HEIGHT,
    WIDTH,
    annotation,
    box,
    spoil,
    times,
    write_coco,
)

WHOLE = box(0, 0, WIDTH, HEIGHT)


def rle(rows) -> dict:
    """Uncompressed RLE of a mask: lengths of runs down the columns, zeros first."""
    flat = np.array(rows).ravel(order='F')
    changes = np.flatnonzero(np.diff(flat, prepend=0))
    bounds = [0, *changes.tolist(), len(flat)]
    return dict(size=list(np.shape(rows)), counts=np.diff(bounds).tolist())


def one(segmentation, number=1, class_id=1, crowd=False) -> Instance:
    return Instance(number, class_id, class_id, crowd, segmentation)


def load(root, name) -> np.ndarray:
    with Image.open(root / f'masks/val2014/{name}.png') as image:
        return np.array(image)


def test_polygons_of_an_instance_are_its_parts():
    instance = one([box(1, 1, 2, 3), box(5, 0, 1, 2)], class_id=7)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[1:4, 1:3] = 7
    expected[0:2, 5:6] = 7
    np.testing.assert_array_equal(draw_instances([instance], HEIGHT, WIDTH), expected)


@pytest.mark.parametrize('compressed', [False, True])
def test_rle(compressed):
    rows = np.zeros((HEIGHT, WIDTH), int)
    rows[2:5, 3:7] = 1
    region = rle(rows)
    assert region['counts'] == [20, 3, 3, 3, 3, 3, 3, 3, 7]
    if compressed:
        region = rle_tools.frPyObjects(region, HEIGHT, WIDTH)
        assert run_lengths(region['counts']) == [20, 3, 3, 3, 3, 3, 3, 3, 7]
        region['counts'] = region['counts'].decode()  # as in a JSON
    instance = one(region, class_id=80)
    assert fault(instance, HEIGHT, WIDTH) is None
    mask = draw_instances([instance], HEIGHT, WIDTH)
    np.testing.assert_array_equal(mask, rows * 80)


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_smaller_objects_stay_visible_and_crowds_lie_below(order):
    instances = [
        one([box(0, 0, 4, 4)], 1, class_id=3),
        one([box(1, 1, 2, 2)], 2, class_id=5),
        one(rle(np.ones((HEIGHT, WIDTH), int)), 3, class_id=5, crowd=True),
    ]
    expected = np.full((HEIGHT, WIDTH), 255, np.uint8)
    expected[0:4, 0:4] = 3
    expected[1:3, 1:3] = 5
    mask = draw_instances([instances[i] for i in order], HEIGHT, WIDTH)
    np.testing.assert_array_equal(mask, expected)


def test_a_small_crowd_lies_below_a_large_object():
    crowd = one(rle(np.eye(HEIGHT, WIDTH, dtype=int)), 9, crowd=True)
    mask = draw_instances([one([WHOLE], 1, class_id=4), crowd], HEIGHT, WIDTH)
    assert (mask == 4).all()


def test_equal_areas_go_by_annotation_id():
    pair = [one([box(1, 1, 3, 3)], 8, 2), one([box(1, 1, 3, 3)], 5, 6)]
    for instances in (pair, pair[::-1]):
        assert draw_instances(instances, HEIGHT, WIDTH)[2, 2] == 2


@pytest.mark.parametrize(
    'segmentation, message',
    [
        ([[1, 1, 3, 1]], 'less than three points'),
        ([[1, 1, 3, 1, 3, 3, 2]], 'odd number of coordinates'),
        ([], 'no polygon'),
        ([[0, 0, float('nan'), 1, 2, 2]], 'no finite number'),
        ([[0, 0, 1e12, 1, 2, 2]], 'outside of the image'),
        (dict(size=[8, 6], counts=[48]), r'size \[8, 6\], the image is \[6, 8\]'),
        (dict(size=[6, 8], counts=[3, 2]), 'RLE of 5 pixels, the image has 48'),
        (dict(size=[6, 8], counts=[50, -2]), 'RLE of 48 pixels'),
        (dict(size=[6, 8], counts=[0.5] * 96), 'runs are not whole numbers'),
        (dict(size=[6, 8], counts=''), 'RLE of 0 pixels'),
        (None, 'neither'),
        (['abcdef'], 'no flat list'),
        ([{}, 5], 'less than three points'),
    ],
)
def test_faults(segmentation, message):
    assert re.search(message, fault(one(segmentation), HEIGHT, WIDTH).reason)


def test_class_ids_close_the_gaps_of_category_ids():
    ids = class_ids_of(reversed(CATEGORIES))
    assert ids[1] == 1 and ids[9] == 9 and ids[11] == 10 and len(ids) == 80
    assert ids[CATEGORIES[-1]['id']] == 80
    renamed = [*CATEGORIES[:4], CATEGORIES[4] | dict(name='plane'), *CATEGORIES[5:]]
    with pytest.raises(ValueError, match="'plane' where 'airplane' is expected"):
        class_ids_of(renamed)
    with pytest.raises(ValueError, match="79 categories with None where 'toothbrush'"):
        class_ids_of(CATEGORIES[:-1])


@pytest.mark.parametrize('workers', [1, 2])
def test_conversion_feeds_the_data_set(tmp_path, workers):
    """Images 1 and 2 show class 5, and image 3 nothing."""
    annotations = [annotation(i, i, 5, [box(1, 1, 3, 2)]) for i in (1, 2)]
    write_coco(tmp_path, annotations, num_images=3)
    results, problems = convert_coco(tmp_path, 'val2014', workers)
    assert conclude(results, tmp_path / 'masks/val2014.sha256', problems) == 0
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[1:3, 1:4] = 5
    np.testing.assert_array_equal(load(tmp_path, 2), expected)
    assert not load(tmp_path, 3).any()
    dataset = FewShotCOCODataset(
        str(tmp_path), 'val2014', fold=0, test_mode=True, query_pipeline=LOAD
    )
    assert dataset.candidates.pairs == ((5, 0), (5, 1))


def test_only_what_is_missing_or_damaged_is_made_again(tmp_path):
    write_coco(tmp_path, [annotation(1, 1, 5, [box(1, 1, 3, 2)])], num_images=4)
    checksums = tmp_path / 'masks/val2014.sha256'
    convert_coco(tmp_path, 'val2014')  # as if interrupted before the checksums
    before = times(tmp_path / 'masks')
    results, _ = convert_coco(tmp_path, 'val2014')
    assert times(tmp_path / 'masks') == before
    conclude(results, checksums)
    before = times(tmp_path / 'masks')
    conclude(convert_coco(tmp_path, 'val2014')[0], checksums)
    assert times(tmp_path / 'masks') == before
    for recorded in (True, False):
        if not recorded:
            checksums.unlink()
        (tmp_path / 'masks/val2014/2.png').unlink()
        spoil(tmp_path / 'masks/val2014/3.png')
        results, _ = convert_coco(tmp_path, 'val2014')
        assert [r.path.stem for r in results if r.written] == ['2', '3']
    results, _ = convert_coco(tmp_path, 'val2014', overwrite=True)
    assert all(r.written for r in results)


def test_broken_annotations_are_listed_and_the_rest_is_made(tmp_path, capsys):
    whole = [box(1, 1, 3, 2)]
    write_coco(
        tmp_path,
        [
            annotation(10, 1, 5, whole),
            annotation(11, 2, 5, [[1, 1, 3, 1]]),
            annotation(12, 2, 10, whole),
            annotation(13, 2, 5, whole),
            annotation(14, 3, 5, dict(size=[9, 9], counts=[81])),
            annotation(15, 77, 5, whole),
        ],
        num_images=5,
    )
    (tmp_path / 'val2014/4.jpg').unlink()
    os.link(tmp_path / 'val2014/5.jpg', tmp_path / 'val2014/other.jpg')
    for _ in range(2):  # a repeat finds them again
        results, problems = convert_coco(tmp_path, 'val2014')
        assert [r.path.stem for r in results if r.sha256] == ['1', '5']
        assert conclude(results, tmp_path / 'masks/val2014.sha256', problems) == 1
        text = capsys.readouterr().err
        for part in (
            '6 problems', '2.jpg, annotation 11', 'less than three points', '3.jpg, ',
            '2.jpg, annotation 12', 'category 10 is not among', 'RLE of size [9, 9]',
            'annotation 15', 'image id 77', '4.jpg', 'missing', 'other.jpg',
            'correct or delete the annotation',
        ):  # fmt: skip
            assert part in text
        assert 'annotation 13' not in text
        assert not (tmp_path / 'masks/val2014.sha256').exists()


def test_size_of_the_image_is_checked(tmp_path):
    write_coco(tmp_path, [], num_images=1)
    Image.new('RGB', (3, 3)).save(tmp_path / 'val2014/1.jpg')
    (result,), _ = convert_coco(tmp_path, 'val2014')
    assert '(3, 3) (W, H), by the JSON (8, 6)' in result.problems[0].reason


def test_sources_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='no folder of images'):
        convert_coco(tmp_path, 'val2014')
    write_coco(tmp_path, [], num_images=1)
    path = tmp_path / 'annotations/instances_val2014.json'
    path.write_text(json.dumps(dict(images=[])))
    with pytest.raises(ValueError, match=r"has no \['annotations', 'categories'\]"):
        convert_coco(tmp_path, 'val2014')
    path.write_text('{"images": [')
    with pytest.raises(ValueError, match='fetch the file again'):
        convert_coco(tmp_path, 'val2014')


def test_download(tmp_path, monkeypatch):
    calls = []

    def fetch(url, folder, md5):
        calls.append((url, md5))
        name = url.split('/')[-1].removesuffix('.zip')
        name = 'annotations' if name.startswith('annotations') else name
        (tmp_path / folder / name).mkdir()

    monkeypatch.setattr(module, 'download_and_extract_archive', fetch)
    (tmp_path / 'val2014').mkdir()
    download(tmp_path, ['train2014', 'val2014'])
    site = 'http://images.cocodataset.org/'
    expected = [COCO_ARCHIVES[name] for name in ('annotations', 'train2014')]
    assert calls == [(site + address, md5) for address, md5 in expected]
    assert (tmp_path / 'annotations').is_dir() and (tmp_path / 'train2014').is_dir()
    with pytest.raises(ValueError, match="'val2099'"):
        download(tmp_path, ['val2099'])


def test_missing_pycocotools(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pycocotools', None)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[data\]'"):
        convert_coco(tmp_path, 'val2014')
