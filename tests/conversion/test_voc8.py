"""VOC-8 out of a small stand-in of VOC, and of its masks where they lie."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fss_mm.conversion import voc8
from fss_mm.conversion.voc8 import convert_voc8
from fss_mm.index.image_files import read_split
from fss_mm.utils.config_files import configs_folder
from tests.conftest import write_mask


@pytest.fixture
def voc(tmp_path, monkeypatch):
    """Two images, of which the first is a training one."""
    root = tmp_path / 'voc'
    for folder in ('JPEGImages', 'SegmentationClassAug'):
        (root / folder).mkdir(parents=True)
    lists = tmp_path / 'configs/voc8'
    lists.mkdir(parents=True)
    for name, split in (('a', 'train'), ('b', 'val')):
        (lists / f'{split}.txt').write_text(f'{name}\n')
        mask = np.zeros((400, 640), np.uint8)
        mask[100:300, 200:400] = 8
        mask[:4] = 255
        write_mask(root / f'SegmentationClassAug/{name}.png', mask)
        Image.new('RGB', (640, 400), (9, 99, 199)).save(root / f'JPEGImages/{name}.jpg')
    monkeypatch.setattr(voc8, 'configs_folder', lambda: tmp_path / 'configs')
    return root


def test_training_images_are_scaled_and_the_others_are_not(voc, tmp_path):
    results = convert_voc8(voc, tmp_path / 'out')
    assert len(results) == 4 and all(one.written for one in results)
    out = tmp_path / 'out/VOC2012'
    for name, size in (('a', (320, 200)), ('b', (640, 400))):
        with Image.open(out / f'JPEGImages/{name}.jpg') as image:
            assert image.size == size
        with Image.open(out / f'SegmentationClass/{name}.png') as mask:
            assert mask.size == size and mask.mode == 'P'
            assert sorted(np.unique(np.array(mask))) == [0, 8, 255]
    same = (voc / 'JPEGImages/b.jpg').read_bytes()
    assert (out / 'JPEGImages/b.jpg').read_bytes() == same
    assert read_split(out / 'ImageSets/Segmentation/train.txt') == ('a',)


def test_what_is_missing_is_said(voc, tmp_path):
    (voc / 'JPEGImages/a.jpg').unlink()
    results = convert_voc8(voc, tmp_path / 'out')
    (problem,) = [p for one in results for p in one.problems]
    assert problem.name.endswith('a.jpg') and 'cannot be read' in problem.reason
    with pytest.raises(FileNotFoundError, match='fss-mm convert voc-sbd makes it'):
        convert_voc8(tmp_path, tmp_path / 'out')


def test_our_masks_are_those_of_the_recipe(real_data, tmp_path):
    """Some of them: to the pixel."""
    ours, scaled = real_data / 'VOC2012', {}
    for split in ('train', 'val'):
        names = read_split(configs_folder() / 'voc8' / f'{split}.txt')
        assert names == read_split(ours / f'ImageSets/Segmentation/{split}.txt')
        scaled |= dict.fromkeys(names[::300], split == 'train')
    with tarfile.open(real_data / 'voc_sbd_masks.tar') as archive:
        for member in archive:
            name = Path(member.name).stem
            if member.name.endswith('.png') and name in scaled:
                source = tmp_path / f'{name}.png'
                source.write_bytes(archive.extractfile(member).read())
    for name, is_scaled in scaled.items():
        source = tmp_path / f'{name}.png'
        made = voc8.content_of(voc8.Job(source, source, is_scaled, False))
        found, mask = (
            np.array(Image.open(file))
            for file in (io.BytesIO(made), ours / f'SegmentationClass/{name}.png')
        )
        assert np.array_equal(found, mask), name
