"""COCO's classes and folds, and a data set in its layout."""

import numpy as np
from PIL import Image

from fss_mm.datasets import FewShotCOCODataset
from fss_mm.datasets.folds import COCO_CLASSES, interleaved_folds
from fss_mm.structures import Episode
from tests.conftest import LOAD, write_mask


def test_folds_take_every_fourth_class():
    folds = interleaved_folds(80)
    assert [len(fold) for fold in folds] == [20] * 4
    assert folds[0][:3] == (1, 5, 9) and folds[3][-1] == 80
    assert sorted(c for fold in folds for c in fold) == list(range(1, 81))


def test_class_table():
    assert len(set(COCO_CLASSES)) == 80
    known = {1: 'person', 16: 'cat', 40: 'bottle', 61: 'dining table', 80: 'toothbrush'}
    assert {i: COCO_CLASSES[i - 1] for i in known} == known


def test_layout(tmp_path):
    """Two images of class 5, which fold 0 holds out, and two of class 6."""
    for folder in ('val2014', 'masks/val2014'):
        (tmp_path / folder).mkdir(parents=True)
    for number, class_id in enumerate((6, 5, 6, 5)):
        name = f'COCO_val2014_{number:012d}'
        mask = np.zeros((20, 30), np.uint8)
        mask[5:10, 5:10] = class_id
        Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(
            tmp_path / 'val2014' / f'{name}.jpg'
        )
        write_mask(tmp_path / 'masks/val2014' / f'{name}.png', mask, mode='L')
    kwargs = dict(split='val2014', fold=0, test_mode=True, query_pipeline=LOAD)
    dataset = FewShotCOCODataset(str(tmp_path), **kwargs)
    assert dataset.novel_classes == interleaved_folds(80)[0]
    assert dataset.candidates.pairs == ((5, 1), (5, 3))
    item = dataset[Episode(class_id=5, query=1, supports=(3,))]
    assert item['data_samples'].class_name == 'airplane'
    assert item['data_samples'].gt_sem_seg.data.sum() == 25
    split = FewShotCOCODataset(
        str(tmp_path), **kwargs | dict(fold=None, novel_classes=('bus',))
    )
    assert split.novel_classes == (6,) and len(split) == 2
