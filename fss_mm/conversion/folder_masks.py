"""Clean masks out of a user's colour-coded or deep ones, which stay as they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..index.class_folder_source import ClassFolderSource
from ..index.class_names import IGNORE_INDEX, read_classes
from ..index.file_listing import list_files
from ..index.folder_options import FolderOptions
from ..index.mask_values import LOSSY, is_gray, several_pages
from ..index.undecodable import undecodable
from ..utils.files import write_atomically
from .checksums import digest
from .folder_colors import (
    color_classes,
    color_values,
    listed,
    recolor,
    renumber,
    to_8_bit,
)
from .masks import encode_mask
from .parallel import run_all
from .problems import Problem, Unusable, not_written
from .results import Result

_GRAY_MODES = ('P', 'L', '1')
_FOREGROUND = 255


@dataclass(frozen=True)
class MaskJob:
    """One mask.

    Args:
        source (Path): The mask as it is.
        target (Path): The mask to write.
        values (dict[int, int], optional): Colour to value; None for a mask that is to
            have 8 bits.
        binary (bool): Whether it is a mask of one class.
        class_id (int): The class of a binary mask, among the values.
        overwrite (bool): Write over another file.
        numbers (dict[int, int], optional): Value to class id, where classes are
            numbered anew. Defaults to None.
    """

    source: Path
    target: Path
    values: dict[int, int] | None
    binary: bool
    class_id: int
    overwrite: bool
    numbers: dict[int, int] | None = None


def convert_masks(
    options: FolderOptions,
    out: Path,
    colors: dict[int, str] | None = None,
    workers: int = 1,
    overwrite: bool = False,
) -> tuple[list[Result], list[Problem], tuple[str, ...]]:
    """Write a clean mask for each mask.

    Args:
        options (FolderOptions): Where the masks lie. Classes default to those of the
            colours, in their order.
        out (Path): Folder of the result.
        colors (dict[int, str], optional): Class of each colour. Defaults to None: the
            masks keep their values, in 8 bits. Where the classes have values above 255
            they are numbered anew, in their order.
        workers (int): Processes. Defaults to 1.
        overwrite (bool): Write over other files. Defaults to False.

    Returns:
        tuple: Results, problems of files that are no masks, and the classes.

    Raises:
        FileNotFoundError: If there is no folder of masks.
        ValueError: If the result would lie among the data, or classes do not fit.
    """
    root = options.root
    require_apart(out, [root / options.mask_dir, root / options.img_dir])
    if colors and options.classes is None:
        names = color_classes(colors)
        options = replace(options, classes=names)
    named, numbers = read_classes(root, options.classes), None
    if named is not None and named.deep_values:
        options, numbers = replace(options, classes=named.names), named.values
    source = options.source()
    values = color_values(colors, source.classes) if colors else None
    binary = isinstance(source, ClassFolderSource)
    folder = source.folder
    listing = list_files(folder.path, folder.suffixes, folder.refused)
    jobs = []
    for name, file in listing.files.items():
        if place := source.place(file):
            paths = folder.path / file, out / f'{name}.png'
            jobs.append(MaskJob(*paths, values, binary, place[1], overwrite, numbers))
    problems = [
        as_problem(folder.path / file, why) for file, why in listing.problems.items()
    ]
    results = run_all(convert_mask, jobs, 'Converting masks', workers)
    return results, problems, source.classes


def require_apart(out: Path, folders: Sequence[Path]) -> None:
    """Check that a result lies neither in a folder nor around it.

    Raises:
        ValueError: If it does.
    """
    out = out.resolve()
    for folder in (folder.resolve() for folder in folders):
        if out in (folder, *folder.parents) or folder in out.parents:
            raise ValueError(
                f'--masks-out {str(out)!r} and the data in {str(folder)!r} lie in one '
                'another; name a folder of its own, which the originals are safe from'
            )


def convert_mask(job: MaskJob) -> Result:
    """Write one mask, unless the same is there."""
    try:
        content = _content(job)
        found = digest(content)
        if job.target.is_file() and not job.overwrite:
            if digest(job.target.read_bytes()) == found:
                return Result(job.target, found)
            remedy = 'move it away, or write over it with --overwrite'
            raise Unusable(Problem(str(job.target), 'another file is there', remedy))
        job.target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(job.target, lambda file: file.write(content))
        return Result(job.target, found, written=True)
    except Unusable as error:
        return Result(job.target, problems=error.problems)
    except OSError as error:
        return Result(job.target, problems=(not_written(job.target, error),))


def _content(job: MaskJob) -> bytes:
    """The clean mask as a file.

    Raises:
        Unusable: If it cannot be made.
    """
    try:
        image, pages = _opened(job.source)
    except Exception as error:  # Pillow raises many kinds
        raise Unusable(
            as_problem(job.source, undecodable(job.source, error))
        ) from error
    why = LOSSY if image.format in ('JPEG', 'MPO') else pages
    if why:
        raise Unusable(as_problem(job.source, why))
    if job.values is not None:
        return encode_mask(_colored(job, image), palette=not job.binary)
    if job.numbers is not None:
        return encode_mask(renumber(_values(job, image), job.numbers))
    if image.mode in _GRAY_MODES:  # with the palette that it has
        file = io.BytesIO()
        image.save(file, 'PNG')
        return file.getvalue()
    return encode_mask(_shallow(job, image), palette=False)


def _opened(path: Path) -> tuple[Image.Image, str]:
    """A decoded picture, or an array as one; and what is wrong if it has pages."""
    if path.suffix.lower() == '.npy':
        array = np.load(path, allow_pickle=False)
        with np.errstate(invalid='ignore'):
            whole = array.astype(np.int32)  # else as it is, which is told then
        same = np.array_equal(array, whole)
        return Image.fromarray(whole if same else array.astype(np.float32)), ''
    with Image.open(path) as image:
        pages = several_pages(image)
        image.load()
        return image, pages


def _colored(job: MaskJob, image: Image.Image) -> np.ndarray:
    """Values of a colour-coded mask: (H, W) uint8."""
    if image.mode[0] in 'IF':
        reason = f'mode {image.mode!r}, which has no colours'
        raise Unusable(Problem(str(job.source), reason, 'use --to-8-bit'))
    mask, unknown = recolor(np.array(image.convert('RGBA')), job.values)
    if unknown:
        remedy = 'name them with --colors, or save the mask without smoothed edges'
        reason = f'unknown colours {listed(unknown)}'
        raise Unusable(Problem(str(job.source), reason, remedy))
    if job.binary:
        is_class, void = mask == job.class_id, mask == IGNORE_INDEX
        if is_class.any() and void.any():  # 255 is void beside 1 alone
            return np.where(void, IGNORE_INDEX, is_class).astype(np.uint8)
        return np.where(is_class, _FOREGROUND, 0).astype(np.uint8)
    return mask


def _shallow(job: MaskJob, image: Image.Image) -> np.ndarray:
    """Values of a deep mask, or of one that is grey in three channels: (H, W) uint8."""
    mask, wrong = to_8_bit(_values(job, image), job.binary)
    if wrong:
        reason = f'values that do not fit into 0 ... 255: {listed(wrong)}'
        remedy, first = 'save class ids, which are whole numbers', next(iter(wrong))
        if first.isdecimal() and not job.binary:
            remedy = f'number the classes anew, with --classes {first}=NAME ...'
        raise Unusable(Problem(str(job.source), reason, remedy))
    return mask


def _values(job: MaskJob, image: Image.Image) -> np.ndarray:
    """Values of a mask in one channel, or the same in all: (H, W)."""
    if image.mode[0] in 'IF' or image.mode in _GRAY_MODES:
        return np.array(image)
    if not is_gray(image):
        reason = f'mode {image.mode!r}, with colours or transparent pixels'
        raise Unusable(Problem(str(job.source), reason, 'use --colors'))
    return np.array(image.convert('RGB'))[..., 0]


def as_problem(path: Path, why: str) -> Problem:
    """A reason and a remedy as a problem."""
    reason, _, remedy = why.rpartition('; ')
    return Problem(str(path), reason, remedy)
