"""PASCAL VOC 2012 with the masks of SBD: the lists and ``SegmentationClassAug``.

VOC 2012 masks 2,913 of its images (train 1,464, val 1,449). SBD (Hariharan et al.,
ICCV 2011) masks 11,355 images of VOC 2011, all of them among VOC 2012's; its own lists
(train 8,498, val 2,857) are other divisions than VOC's. Together 12,031 images have a
mask. VOC's mask is taken wherever there is one: it marks void pixels (255), SBD's do
not.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torchvision.datasets import SBDataset, VOCSegmentation

from ..utils.extras import require
from .checksums import read_checksums
from .downloads import fetch_once
from .lists import check_counts, write_list
from .parallel import run_all
from .results import Result, make_mask
from .voc_sbd_lists import VOC_SBD_COUNTS, read_lists
from .voc_sbd_masks import mask_content

MASK_DIR = 'SegmentationClassAug'
CHECKSUMS = f'{MASK_DIR}.sha256'
_SBD_MOVED = ('cls', 'img', 'inst', 'train.txt', 'val.txt')


@dataclass(frozen=True)
class MaskJob:
    """One mask to make.

    Args:
        source (Path): VOC's PNG or SBD's MAT file.
        image (Path): The photograph.
        mask (Path): The mask to write.
        recorded (str): Its digest from an earlier run, or ''.
        overwrite (bool): Make it again in any case.
    """

    source: Path
    image: Path
    mask: Path
    recorded: str
    overwrite: bool


def download(voc: Path, sbd: Path) -> None:
    """Download and unpack what is not there, through torchvision (which checks md5).

    Args:
        voc (Path): Becomes VOC's folder, ``.../VOCdevkit/VOC2012``.
        sbd (Path): Becomes SBD's folder, with ``cls``, ``train.txt`` and ``val.txt``.
    """
    fetch_once(voc, _fetch_voc)
    fetch_once(sbd, _fetch_sbd)


def _fetch_voc(folder: Path) -> Path:
    VOCSegmentation(folder, year='2012', image_set='trainval', download=True)
    return folder / 'VOCdevkit' / 'VOC2012'


def _fetch_sbd(folder: Path) -> Path:
    for name in _SBD_MOVED:  # torchvision cannot move over those of a broken run
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    SBDataset(folder, image_set='train', mode='segmentation', download=True)
    return folder


def convert_voc_sbd(
    voc: Path,
    sbd: Path,
    workers: int = 1,
    overwrite: bool = False,
    counts: dict[str, int] = VOC_SBD_COUNTS,
) -> list[Result]:
    """Write the lists and every mask that is not there.

    Args:
        voc (Path): ``.../VOCdevkit/VOC2012``.
        sbd (Path): SBD's folder.
        workers (int): Processes. Defaults to 1.
        overwrite (bool): Make masks again that are intact. Defaults to False.
        counts (dict[str, int]): Expected lengths of the lists of :func:`merge_lists`.
            Defaults to those of VOC 2012 and SBD.

    Raises:
        ImportError: If scipy is not installed.
        FileNotFoundError: If a list is missing.
        ValueError: If the lists have other lengths, or one is there already that
            holds other names.
    """
    require('scipy', extra='data')
    lists = read_lists(voc, sbd)
    check_counts({title: len(names) for title, names in lists.items()}, counts)
    for title in ('trainaug', 'pfenet_train'):
        path = voc / 'ImageSets' / 'Segmentation' / f'{title}.txt'
        write_list(path, lists[title])
    (voc / MASK_DIR).mkdir(exist_ok=True)
    recorded = read_checksums(voc / CHECKSUMS)
    own = {*lists['train'], *lists['val']}
    jobs = []
    for name in lists['masks']:
        mask = voc / MASK_DIR / f'{name}.png'
        source = voc / 'SegmentationClass' / mask.name
        if name not in own:
            source = sbd / 'cls' / f'{name}.mat'
        image = voc / 'JPEGImages' / f'{name}.jpg'
        jobs.append(MaskJob(source, image, mask, recorded.get(mask, ''), overwrite))
    return run_all(convert_mask, jobs, 'Masks', workers)


def convert_mask(job: MaskJob) -> Result:
    """Make one mask, unless it is there and intact."""
    make = partial(mask_content, job.source, job.image)
    return make_mask(job.mask, make, job.recorded, job.overwrite)
