"""Data sets at the roots that the configs name, and what makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .finding import ABSENT, OK, Finding


@dataclass(frozen=True)
class DataSet:
    """What a data set's folder must hold.

    Args:
        name (str): In words.
        root (str): Of the configs.
        parts (tuple[str, ...]): Folders and lists in it; the first has images.
        remedy (str): What makes it.
    """

    name: str
    root: str
    parts: tuple[str, ...]
    remedy: str


DATA_SETS = (
    DataSet(
        'PASCAL-5^i',
        'data/VOCdevkit/VOC2012',
        (
            'JPEGImages',
            'SegmentationClassAug',
            'ImageSets/Segmentation/trainaug.txt',
            'ImageSets/Segmentation/val.txt',
        ),
        'fss-mm convert voc-sbd data',
    ),
    DataSet(
        'COCO-20^i',
        'data/coco',
        ('train2014', 'val2014', 'masks/train2014', 'masks/val2014'),
        'fss-mm convert coco data/coco --download',
    ),
    DataSet(
        'FSS-1000',
        'data/fss1000',
        ('images', 'masks', 'splits/train.txt', 'splits/val.txt', 'splits/test.txt'),
        'fss-mm convert fss1000 data/fss1000 (--help says from what)',
    ),
    DataSet(
        'your own images and masks',
        'data/folder',
        ('images',),
        'put them there, then fss-mm convert folder data/folder',
    ),
)


def check_data() -> Iterator[Finding]:
    """Which data sets lie where the configs look for them."""
    yield Finding(OK, 'embedded shapes: drawn, nothing to download')
    for data in DATA_SETS:
        root = Path(data.root)
        missing = [part for part in data.parts if not (root / part).exists()]
        if not root.exists():
            yield Finding(ABSENT, f'{data.name}: no {data.root}', data.remedy)
        elif missing:
            text = f'{data.name}: no {" and no ".join(missing)} in {data.root}'
            yield Finding(ABSENT, text, data.remedy)
        else:
            number = sum(1 for _ in os.scandir(root / data.parts[0]))
            what = f'{number:,} entries of {data.parts[0]}'
            yield Finding(OK, f'{data.name}: {what} in {data.root}')
