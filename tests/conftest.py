"""Shared by all tests: small trees of images, and the real ones where they lie."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from PIL import Image
from yapf.yapflib import yapf_api

import fss_mm  # noqa: F401
from fss_mm.utils.file_lock import one_at_a_time

pytest_plugins = ['tests.tool_runs']  # run_here
ROOT = Path(__file__).parents[1]
torch.set_num_threads(1)  # pytest-xdist runs one process a core
# each Runner writes its config down three times, and most of a small test's time goes
# into line breaks; processes of tests have them
yapf_api.FormatCode = lambda text, **_: (text, False)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('fss_mm')


@pytest.fixture
def real_data() -> Path:
    """The folder of real photographs and masks."""
    folder = os.environ.get('FSS_MM_REAL_DATA', ROOT.parent / 'shared' / 'real')
    if not (Path(folder) / 'VOC2012').is_dir():
        pytest.skip(f'no real photographs in {folder} (set FSS_MM_REAL_DATA)')
    return Path(folder)


@pytest.fixture(scope='session')
def voc_sbd(tmp_path_factory):
    """All masks of VOC and SBD, unpacked."""
    real = os.environ.get('FSS_MM_REAL_DATA', ROOT.parent / 'shared' / 'real')
    archive = os.path.join(real, 'voc_sbd_masks.tar')
    if not os.path.isfile(archive):
        pytest.skip(f'no {archive} (set FSS_MM_REAL_DATA)')
    shared = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:  # one for all workers, and one index
        shared = shared.parent
    target, done = shared / 'voc_sbd', shared / 'voc_sbd_is_whole'
    with one_at_a_time([shared / 'voc_sbd.lock']):
        if not done.exists():
            with tarfile.open(archive) as tar:
                tar.extractall(target, filter='data')
            done.touch()
    return target / 'VOC2012'


def write_mask(path: Path, mask: np.ndarray, mode: str = 'P') -> None:
    """Write an index mask as VOC does, with a palette."""
    image = Image.fromarray(mask.astype(np.uint8), 'L')
    if mode == 'P':
        image.putpalette([(i * 37) % 256 for i in range(768)])
    image.save(path)


@pytest.fixture
def voc_tree(tmp_path: Path) -> Path:
    """VOC's layout: four classes, six images each, 40 x 30 (width x height).

    Image ``c_i`` shows a rectangle of class c on (10 + i) x 10 pixels; the last image
    of each class also shows a corner of class c + 1, and all have a line of 255.
    """
    root = tmp_path / 'voc'
    for folder in ('JPEGImages', 'SegmentationClassAug', 'ImageSets/Segmentation'):
        (root / folder).mkdir(parents=True)
    names = []
    random = np.random.default_rng(0)
    for c in range(1, 5):
        for i in range(6):
            mask = np.zeros((30, 40), np.uint8)
            mask[5:15, 5 : 15 + i] = c
            mask[29] = 255
            if i == 5:
                mask[20:24, 30:34] = c % 4 + 1
            pixels = random.integers(0, 256, (30, 40, 3), dtype=np.uint8)
            names.append(f'{c}_{i}')
            Image.fromarray(pixels).save(root / 'JPEGImages' / f'{c}_{i}.jpg')
            write_mask(root / 'SegmentationClassAug' / f'{c}_{i}.png', mask)
    for split in ('train', 'val'):
        path = root / 'ImageSets/Segmentation' / f'{split}.txt'
        path.write_text('\n'.join(names) + '\n')
    return root


LOAD = [
    dict(type='LoadImageFromFile', imdecode_backend='pillow'),
    dict(type='LoadFewShotMask'),
]
FOUR = dict(classes=('ant', 'bee', 'cat', 'dog'))


@pytest.fixture
def make_dataset(voc_tree: Path):
    """Build a FewShotSegDataset on :func:`voc_tree`."""
    from fss_mm.datasets import FewShotSegDataset

    def make(**kwargs) -> FewShotSegDataset:
        kwargs = (
            dict(
                data_root=str(voc_tree),
                img_dir='JPEGImages',
                mask_dir='SegmentationClassAug',
                split='ImageSets/Segmentation/train.txt',
                metainfo=FOUR,
                fold=0,
                query_pipeline=LOAD,
            )
            | kwargs
        )
        return FewShotSegDataset(**kwargs)

    return make


class Planted:
    """An object whose pickle makes a file when it is read by a full unpickler."""

    def __init__(self, folder):
        self.trace = folder / 'planted'

    def __reduce__(self):
        return os.system, (f'touch {self.trace}',)

    def ran(self):
        """Whether it was read so; asking forgets it."""
        there = self.trace.exists()
        self.trace.unlink(missing_ok=True)
        return there
