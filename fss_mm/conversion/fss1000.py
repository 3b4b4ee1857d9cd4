"""FSS-1000 (Li et al., CVPR 2020): 1,000 classes of ten images with one object each.

As distributed, a class is a folder of ``1.jpg`` ... ``10.jpg`` and masks ``1.png`` ...
``10.png``, in colour or grey, whose foreground is 128 and above.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ..utils.files import write_atomically
from .checksums import digest, read_checksums
from .fss1000_lists import FSS1000_COUNTS, divide_classes, read_lists
from .lists import check_counts, write_list
from .masks import encode_mask, image_size
from .parallel import run_all
from .problems import Problem, Unusable, not_written
from .results import Result, make_mask

CHECKSUMS = 'fss1000.sha256'
FOREGROUND = 255
_THRESHOLD = 128
_REMEDY = 'fetch the file again, and run the command again'


@dataclass(frozen=True)
class PairJob:
    """One image and its mask.

    Args:
        source (Path): The distributed image; its mask lies beside it.
        image (Path): The image to link or copy.
        mask (Path): The mask to write.
        recorded (str): The mask's digest from an earlier run, or ''.
        overwrite (bool): Make the mask again in any case.
    """

    source: Path
    image: Path
    mask: Path
    recorded: str
    overwrite: bool


def convert_fss1000(
    root: Path,
    source: Path,
    lists: Path,
    workers: int = 1,
    overwrite: bool = False,
    counts: dict[str, int] = FSS1000_COUNTS,
) -> list[Result]:
    """Write ``images``, ``masks`` and ``splits`` under ``root``.

    Args:
        root (Path): Folder of the result.
        source (Path): Folder of the class folders.
        lists (Path): Folder of the user's lists, see
            :func:`~fss_mm.conversion.fss1000_lists.read_lists`.
        workers (int): Processes. Defaults to 1.
        overwrite (bool): Make masks again that are intact. Defaults to False.
        counts (dict[str, int]): Expected numbers of classes, images of a class and
            classes of each list. Defaults to those of FSS-1000.

    Returns:
        list[Result]: Two of each pair, the image and the mask.

    Raises:
        FileNotFoundError: If there is no source.
        ValueError: If numbers or lists are not as expected.
    """
    classes = find_classes(source, counts)
    parts = divide_classes(tuple(classes), read_lists(lists), counts)
    for part, names in parts.items():
        write_list(root / 'splits' / f'{part}.txt', names)
    recorded = read_checksums(root / CHECKSUMS)
    jobs = []
    for name, numbers in classes.items():
        images, masks = root / 'images' / name, root / 'masks' / name
        images.mkdir(parents=True, exist_ok=True)
        masks.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            mask = masks / f'{number}.png'
            pair = source / name / f'{number}.jpg', images / f'{number}.jpg', mask
            jobs.append(PairJob(*pair, recorded.get(mask, ''), overwrite))
    pairs = run_all(convert_pair, jobs, 'FSS-1000', workers)
    return [result for pair in pairs for result in pair]


def find_classes(
    source: Path, counts: dict[str, int] = FSS1000_COUNTS
) -> dict[str, tuple[str, ...]]:
    """Names of the images of each class, sorted, without suffix.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If the number of classes, or of a class's images, is another.
    """
    if not source.is_dir():
        raise FileNotFoundError(
            f'no folder {str(source)!r}; unpack FSS-1000 there, or name the folder of '
            'the class folders with --source'
        )
    classes = {
        folder.name: tuple(sorted(path.stem for path in folder.glob('*.jpg')))
        for folder in sorted(source.iterdir())
        if folder.is_dir()
    }
    check_counts({'classes': len(classes)}, {'classes': counts['classes']})
    found = {f'images of {name}': len(images) for name, images in classes.items()}
    check_counts(found, dict.fromkeys(found, counts['images']))
    return classes


def convert_pair(job: PairJob) -> tuple[Result, Result]:
    """Make an image and its mask, unless they are there and intact."""
    make = partial(_mask_content, job.source)
    mask = make_mask(job.mask, make, job.recorded, job.overwrite)
    return link_image(job.source, job.image), mask


def _mask_content(image: Path) -> bytes:
    source = image.with_suffix('.png')
    mask = read_mask(source)
    try:
        width, height = image_size(image)
    except OSError as error:
        raise Unusable(Problem(str(image), str(error), _REMEDY)) from error
    if mask.shape != (height, width):
        found = ' x '.join(map(str, mask.shape))
        reason = f'a mask of {found} (H x W), its image is {height} x {width}'
        raise Unusable(Problem(str(source), reason, _REMEDY))
    return encode_mask(mask, palette=False)


def read_mask(path: Path) -> np.ndarray:
    """A distributed mask as (H, W) uint8: 0 background, 255 foreground.

    Raises:
        Unusable: If it does not decode.
    """
    try:
        with Image.open(path) as image:
            gray = np.asarray(image.convert('L'))
    except (OSError, SyntaxError, ValueError) as error:
        reason = str(error) if path.exists() else 'the mask is missing'
        raise Unusable(Problem(str(path), reason, _REMEDY)) from error
    return np.where(gray >= _THRESHOLD, FOREGROUND, 0).astype(np.uint8)


def link_image(source: Path, target: Path) -> Result:
    """Make ``target`` the same file as ``source``, or a copy on another file system."""
    try:
        content = source.read_bytes()
        if target.is_file() and target.read_bytes() == content:
            return Result(target, digest(content))
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:  # other file system, or one without links
            write_atomically(target, lambda file: file.write(content))
        return Result(target, digest(content), written=True)
    except OSError as error:
        return Result(target, problems=(not_written(target, error),))
