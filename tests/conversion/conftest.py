"""Small stand-ins of the data sets, as their publishers lay them out."""

import json
import runpy
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from fss_mm.conversion.masks import voc_palette
from fss_mm.datasets.folds import COCO_CLASSES
from tests.conftest import ROOT

HEIGHT, WIDTH = 6, 8


def write_image(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    Image.fromarray(np.full((height, width, 3), 90, np.uint8)).save(path)


def write_mat(path: Path, mask: np.ndarray) -> None:
    """As SBD does: a struct array with the mask in a field."""
    savemat(path, {'GTcls': {'Segmentation': mask}})


def write_names(path: Path, names: Iterable[str]) -> None:
    path.write_text(''.join(f'{name}\n' for name in names))


def times(folder: Path) -> dict[str, int]:
    """Time of change of each file."""
    files = (path for path in folder.rglob('*') if path.is_file())
    return {str(path): path.stat().st_mtime_ns for path in files}


def spoil(path: Path, keep: int = 40) -> None:
    """Cut a file short."""
    path.write_bytes(path.read_bytes()[:keep])


@pytest.fixture
def voc_sbd(tmp_path: Path) -> tuple[Path, Path]:
    """Images a ... g: VOC masks a, b (train) and c (val); SBD b to g.

    ``ImageSets/Main/val`` has c and e; SBD's train b, c, d and e, its val f and g.
    """
    voc, sbd = tmp_path / 'VOCdevkit' / 'VOC2012', tmp_path / 'sbd'
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Main'):
        (voc / folder).mkdir(parents=True)
    (voc / 'ImageSets/Segmentation').mkdir()
    (sbd / 'cls').mkdir(parents=True)
    for name in 'abcdefg':
        write_image(voc / 'JPEGImages' / f'{name}.jpg')
    for name in 'abc':
        image = Image.fromarray(voc_mask())
        image.putpalette(voc_palette())
        image.save(voc / 'SegmentationClass' / f'{name}.png')
    for number, name in enumerate('bcdefg', start=10):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[1:3, 2:5] = number
        write_mat(sbd / 'cls' / f'{name}.mat', mask)
    write_names(voc / 'ImageSets/Segmentation/train.txt', 'ab')
    write_names(voc / 'ImageSets/Segmentation/val.txt', 'c')
    write_names(voc / 'ImageSets/Main/val.txt', 'ce')
    write_names(sbd / 'train.txt', 'bcde')
    write_names(sbd / 'val.txt', 'fg')
    return voc, sbd


def voc_mask() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[2:4, 1:4] = 20
    mask[4] = 255
    return mask


CATEGORIES = [  # with gaps in the ids, as COCO's
    dict(id=number + number // 10, name=name)
    for number, name in enumerate(COCO_CLASSES, start=1)
]


def box(x: float, y: float, width: float, height: float) -> list[float]:
    """A rectangle as a polygon."""
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def annotation(number: int, image: int, category: int, segmentation, crowd=0) -> dict:
    return dict(
        id=number,
        image_id=image,
        category_id=category,
        iscrowd=crowd,
        segmentation=segmentation,
    )


def write_coco(root: Path, annotations: list[dict], num_images: int) -> None:
    """Images 1 ... of 6 x 8 pixels in ``val2014``, with their JSON."""
    (root / 'annotations').mkdir(parents=True, exist_ok=True)
    (root / 'val2014').mkdir(exist_ok=True)
    images = [
        dict(id=i, file_name=f'{i}.jpg', height=HEIGHT, width=WIDTH)
        for i in range(1, num_images + 1)
    ]
    for entry in images:
        write_image(root / 'val2014' / entry['file_name'])
    table = dict(images=images, annotations=annotations, categories=CATEGORIES)
    (root / 'annotations/instances_val2014.json').write_text(json.dumps(table))


@pytest.fixture
def tool(monkeypatch, capsys, own_loggers):
    """Run a tool in this process: its exit status, output and errors."""

    def run(name, *arguments):
        path = ROOT / 'tools' / 'dataset_converters' / f'{name}.py'
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(str(path), run_name='__main__')
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return run


@pytest.fixture
def check(tool):
    """Check a folder of index masks or of other forms: status, output, problems."""

    def run(root, *arguments, classes=('owl', 'wren')):
        classes = ['--classes', *classes] if classes else []
        arguments = [root, *classes, '--workers', '1', *arguments]
        status, out, err = tool('folder', *arguments)
        return status, out, err.splitlines()

    return run
