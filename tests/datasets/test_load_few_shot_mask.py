"""A mask in each of its forms becomes the mask of an episode."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fss_mm.datasets import LoadFewShotMask
from fss_mm.index.instances import Instance
from fss_mm.index.mask_reading import MaskReading

INDEX = np.array([[0, 2, 2], [255, 3, 0]], dtype=np.uint8)
EPISODE = [[0, 1, 1], [255, 0, 0]]  # of class 2


def load(**form) -> dict:
    known = dict(ori_shape=(2, 3), class_id=2, num_classes=3, seg_fields=[])
    return LoadFewShotMask()(known | dict(img_path='a.jpg', name='a') | form)


def saved(folder: Path, mask: np.ndarray, mode: str = 'L') -> str:
    path = folder / 'a.png'
    image = Image.fromarray(mask)
    image.putpalette(range(256)) if mode == 'P' else None
    (image.convert('1') if mode == '1' else image).save(path)
    return str(path)


def instance(x: int, y: int, width: int, crowd: bool) -> Instance:
    box = [x, y, x + width, y, x + width, y + 1, x, y + 1]
    return Instance(1, 2, 2, crowd, [box])


def test_every_form_is_the_same_mask(tmp_path):
    binary = np.where(INDEX == 255, 255, INDEX == 2).astype(np.uint8)
    instances = [instance(1, 0, 2, False), instance(0, 1, 1, True)]
    forms = (
        lambda: dict(seg_map_path=saved(tmp_path, INDEX)),
        lambda: dict(seg_map_path=saved(tmp_path, INDEX, 'P')),
        lambda: dict(seg_map_path=saved(tmp_path, binary), mask_reading=MaskReading()),
        lambda: dict(instances=instances, mask_size=(2, 3)),
        lambda: dict(gt_seg_map=INDEX.copy(), seg_fields=['gt_seg_map']),
    )
    for form in forms:
        results = load(**form())
        assert results['gt_seg_map'].tolist() == EPISODE
        assert results['gt_seg_map'].dtype == np.uint8
        assert results['seg_fields'] == ['gt_seg_map']


def test_white_is_the_class_in_binary_masks(tmp_path):
    gray = np.array([[0, 127, 128], [255, 0, 0]], dtype=np.uint8)
    results = load(seg_map_path=saved(tmp_path, gray), mask_reading=MaskReading())
    assert results['gt_seg_map'].tolist() == [[0, 0, 1], [1, 0, 0]]
    path = saved(tmp_path, gray, '1')
    results = load(seg_map_path=path, mask_reading=MaskReading())
    assert results['gt_seg_map'].tolist() == [[0, 0, 1], [1, 0, 0]]


def test_masks_that_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r'2 x 2 .* a.jpg is 2 x 3; they must be eq'):
        load(seg_map_path=saved(tmp_path, INDEX[:, :2].copy()))
    with pytest.raises(ValueError, match='mask value 9, expected 0 to 3 or 255'):
        load(gt_seg_map=np.where(INDEX == 3, 9, INDEX), seg_fields=['gt_seg_map'])
    with pytest.raises(ValueError, match="mode 'RGB', expected one channel"):
        load(seg_map_path=saved(tmp_path, np.stack([INDEX] * 3, -1)))
    with pytest.raises(ValueError, match=r'a: mask of shape \(2, 3, 3\), expected'):
        load(gt_seg_map=np.stack([INDEX] * 3, -1), seg_fields=['gt_seg_map'])
    path = tmp_path / 'b.png'
    path.write_bytes(b'')
    with pytest.raises(OSError):
        load(seg_map_path=str(path))
