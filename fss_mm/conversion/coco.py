"""MS COCO's instances as index masks, one an image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torchvision.datasets.utils import download_and_extract_archive

from ..index.coco_json import read_json
from ..index.instance_faults import fault
from ..index.instances import Instance
from ..utils.extras import require
from .checksums import read_checksums
from .coco_annotations import group_instances, unlisted_images
from .coco_masks import draw_instances
from .downloads import fetch_once
from .masks import encode_mask, image_size
from .parallel import run_all
from .problems import Problem, Unusable
from .results import Result, make_mask

# address below images.cocodataset.org and md5 of the archive that holds each folder
COCO_ARCHIVES = dict(
    annotations=(
        'annotations/annotations_trainval2014.zip',
        '0a379cfc70b0e71301e0f377548639bd',
    ),
    train2014=('zips/train2014.zip', '0da8c0bd3d6becc4dcb32757491aca88'),
    val2014=('zips/val2014.zip', 'a3d79f5ed8d289b7a7554ce06a5782b3'),
)
_SITE = 'http://images.cocodataset.org'
_FETCH = 'fetch the images again, or take the image out of the JSON'


@dataclass(frozen=True)
class ImageJob:
    """One mask to make.

    Args:
        image (Path): The photograph.
        mask (Path): The mask to write.
        height (int): The image's height by the JSON.
        width (int): The image's width by the JSON.
        instances (tuple[Instance, ...]): Everything annotated in it.
        recorded (str): The mask's digest from an earlier run, or ''.
        overwrite (bool): Make it again in any case.
    """

    image: Path
    mask: Path
    height: int
    width: int
    instances: tuple[Instance, ...]
    recorded: str
    overwrite: bool


def download(root: Path, splits: Iterable[str]) -> None:
    """Download and unpack annotations and images that are not there.

    Raises:
        ValueError: If the address of a split is not known.
    """
    for name in ('annotations', *splits):
        if name not in COCO_ARCHIVES:
            raise ValueError(
                f'no address is known of {name!r}, only of {list(COCO_ARCHIVES)}; '
                'download it by hand'
            )
        fetch_once(root / name, partial(_fetch, name))


def _fetch(name: str, folder: Path) -> Path:
    address, md5 = COCO_ARCHIVES[name]
    download_and_extract_archive(f'{_SITE}/{address}', str(folder), md5=md5)
    return folder / name


def convert_coco(
    root: Path, split: str, workers: int = 1, overwrite: bool = False
) -> tuple[list[Result], list[Problem]]:
    """Write ``masks/<split>/<image name>.png`` for every image of a split.

    An image without annotations gets a mask of zeros: nothing of the 80 classes is in
    it, and FewShotCOCODataset reads every image of the folder and finds its classes in
    its mask. An image with a broken annotation gets none, so that a repeat finds it
    again.

    Args:
        root (Path): Folder with ``annotations/instances_<split>.json`` and ``<split>``.
        split (str): 'train2014' or 'val2014'.
        workers (int): Processes. Defaults to 1.
        overwrite (bool): Make masks again that are intact. Defaults to False.

    Returns:
        tuple: Results, one an image, and the problems that belong to no image.

    Raises:
        FileNotFoundError: If the JSON or the folder of images is missing.
        ImportError: If pycocotools is not installed.
        ValueError: If the JSON cannot be read or its categories are not COCO's.
    """
    require('pycocotools', extra='data')
    if not (root / split).is_dir():
        raise FileNotFoundError(
            f'no folder of images {str(root / split)!r}; --download fetches it'
        )
    table = read_json(root / 'annotations' / f'instances_{split}.json')
    instances, problems = group_instances(table)
    masks = root / 'masks' / split
    masks.mkdir(parents=True, exist_ok=True)
    recorded = read_checksums(masks.with_name(f'{split}.sha256'))
    jobs = []
    for entry in table['images']:
        image = root / split / entry['file_name']
        mask = masks / f'{image.stem}.png'
        of_image = tuple(instances.get(entry['id'], ()))
        size = entry['height'], entry['width']
        known = recorded.get(mask, '')
        jobs.append(ImageJob(image, mask, *size, of_image, known, overwrite))
    problems += unlisted_images(root / split, {job.image.name for job in jobs})
    return run_all(convert_image, jobs, split, workers), problems


def convert_image(job: ImageJob) -> Result:
    """Make one mask, unless it is there and intact."""
    make = partial(_content, job)
    return make_mask(job.mask, make, job.recorded, job.overwrite)


def _content(job: ImageJob) -> bytes:
    problems = [*_image_problems(job), *_instance_problems(job)]
    if problems:
        raise Unusable(*problems)
    return encode_mask(draw_instances(job.instances, job.height, job.width))


def _image_problems(job: ImageJob) -> list[Problem]:
    try:
        size = image_size(job.image)
    except OSError as error:
        missing = 'the file is missing' if not job.image.exists() else str(error)
        return [Problem(str(job.image), missing, _FETCH)]
    if size == (job.width, job.height):
        return []
    reason = f'the image is {size} (W, H), by the JSON {(job.width, job.height)}'
    return [Problem(str(job.image), reason, _FETCH)]


def _instance_problems(job: ImageJob) -> list[Problem]:
    return [
        Problem(f'{job.image.name}, annotation {instance.annotation_id}', *found)
        for instance in job.instances
        if (found := fault(instance, job.height, job.width))
    ]
