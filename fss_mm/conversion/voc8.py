"""VOC-8: a small setting of real photographs, out of PASCAL VOC 2012 with SBD's masks.

3,051 of the 10,582 training images, scaled to a long side of 320 pixels, and 431 of the
1,449 validation images as they are. Which ones is in ``configs/voc8/train.txt`` and
``val.txt``. A mask is scaled by its nearest pixels: it is the same on every machine. A
photograph is scaled and compressed anew, so that its pixels differ a little from those
that our figures were measured on, which were made by another program.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from ..index.image_files import read_split
from ..utils.config_files import configs_folder
from .lists import write_list
from .parallel import run_all
from .problems import Problem, Unusable
from .results import Result, make_mask

LONG_SIDE = 320
MASKS = 'SegmentationClassAug'
FOLDERS = {'JPEGImages': '.jpg', 'SegmentationClass': '.png'}
_QUALITY = 95
_MADE_BY = 'fss-mm convert voc-sbd makes it'


@dataclass(frozen=True)
class Job:
    """One image or mask to make.

    Args:
        source (Path): Of VOC.
        target (Path): Of VOC-8.
        scaled (bool): Whether it is a training one.
        overwrite (bool): Make it again in any case.
    """

    source: Path
    target: Path
    scaled: bool
    overwrite: bool


def convert_voc8(
    voc: Path, out: Path, workers: int = 1, overwrite: bool = False
) -> list[Result]:
    """Write images, masks and lists, as far as they are not there.

    Args:
        voc (Path): ``.../VOCdevkit/VOC2012`` with ``SegmentationClassAug``.
        out (Path): Folder of VOC-8; its images lie in ``VOC2012``.
        workers (int): Processes. Defaults to 1.
        overwrite (bool): Make again what is there. Defaults to False.

    Raises:
        FileNotFoundError: If a folder of VOC is missing.
        ValueError: If a list is there already that holds other names.
    """
    for folder in ('JPEGImages', MASKS):
        if not (voc / folder).is_dir():
            raise FileNotFoundError(f'no folder {str(voc / folder)!r}; {_MADE_BY}')
    jobs = []
    for split in ('train', 'val'):
        names = read_split(configs_folder() / 'voc8' / f'{split}.txt')
        write_list(out / 'VOC2012/ImageSets/Segmentation' / f'{split}.txt', names)
        for folder, suffix in FOLDERS.items():
            (out / 'VOC2012' / folder).mkdir(parents=True, exist_ok=True)
            source = voc / (folder if suffix == '.jpg' else MASKS)
            target, files = out / 'VOC2012' / folder, [f'{n}{suffix}' for n in names]
            jobs += [
                Job(source / file, target / file, split == 'train', overwrite)
                for file in files
            ]
    return run_all(convert_file, jobs, 'Images and masks', workers)


def convert_file(job: Job) -> Result:
    """Make one file, unless it is there and intact."""
    if job.target.suffix == '.jpg' and job.target.is_file() and not job.overwrite:
        content = job.target.read_bytes()  # a mask's check is for masks alone
        return make_mask(job.target, lambda: content, overwrite=True)
    return make_mask(job.target, partial(content_of, job), overwrite=job.overwrite)


def content_of(job: Job) -> bytes:
    """Of the file to write.

    Raises:
        Unusable: If the source cannot be read.
    """
    try:
        if not job.scaled:
            return job.source.read_bytes()
        with Image.open(job.source) as image:
            return _scaled(image, job.target.suffix)
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or str(error)
        problem = Problem(str(job.source), f'cannot be read: {reason}', _MADE_BY)
        raise Unusable(problem) from error


def _scaled(image: Image.Image, suffix: str) -> bytes:
    share = LONG_SIDE / max(image.size)
    size = tuple(round(side * share) for side in image.size)
    written = io.BytesIO()
    if suffix == '.png':
        image.resize(size, Image.Resampling.NEAREST).save(written, 'PNG')
    else:
        scaled = image.convert('RGB').resize(size, Image.Resampling.LANCZOS)
        scaled.save(written, 'JPEG', quality=_QUALITY)
    return written.getvalue()
