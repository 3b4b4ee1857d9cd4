"""Check a user's own data, in any form that ``FewShotFolderDataset`` reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..index.annotations import Annotations
from ..index.class_index import ClassIndex
from ..index.folder_index import index_of_images
from ..utils.text import group_lines
from .annotation_findings import crowd_remarks
from .check_options import CheckOptions
from .class_findings import (
    FEWEST_IMAGES,
    class_counts,
    class_problems,
    left_out_remarks,
)
from .folder_config import config_snippet, drawn_classes, load_snippet, resized_to
from .folder_data import FolderData
from .folder_files import FileFacts, inspect_files
from .folder_findings import (
    image_remarks,
    mask_remarks,
    passed_over_lines,
    smoothing_remarks,
    void_remarks,
)
from .folder_folds import FoldCheck, check_folds, fold_problems
from .folder_ranges import range_remarks
from .folder_sizes import shown_classes, vanishing, vanishing_remarks

_FORMS = dict(
    IndexMaskSource='index masks, one for each image',
    ClassFolderSource='binary masks, in a folder for each class',
    OneClassSource='binary masks of one class',
)


@dataclass(frozen=True)
class FolderReport:
    """What a check found.

    Args:
        form (str): The form that was recognised.
        classes (tuple[str, ...]): Names.
        counts (np.ndarray): (C, 2) images and pixels of each class.
        image_sizes (list[tuple[int, int]]): Height and width of each usable image.
        num_masks (int): Files, or annotated images of a JSON.
        digests (dict[Path, str]): SHA-256 of each file.
        problems (list[str]): A line for each cause: the files, the reason; the remedy.
        remarks (list[str]): Likewise, of what needs no action.
        folds (tuple[FoldCheck, ...]): What can be trained and tested.
        config (str): A config of the data; '' where there is none.
    """

    form: str
    classes: tuple[str, ...]
    counts: np.ndarray
    image_sizes: list[tuple[int, int]]
    num_masks: int
    digests: dict[Path, str]
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    folds: tuple[FoldCheck, ...] = ()
    config: str = ''


def check_folder(
    options: CheckOptions, store: Path, workers: int = 1, again: bool = False
) -> FolderReport:
    """Check every file, to the end, and what each fold can be used for.

    Args:
        options (CheckOptions): Where the data lie.
        store (Path): See :func:`~.folder_files.inspect_files`.
        workers (int): Processes. Defaults to 1.
        again (bool): Check unchanged files too. Defaults to False.

    Raises:
        FileNotFoundError: If a folder or a list is missing.
        ValueError: If the form cannot be told, or the JSON cannot be read.
    """
    data = FolderData(options, workers)
    classes = data.source.classes
    of_lists = data.list_problems()  # first: a list may not be there
    facts = inspect_files(data.files(), store, workers, again)
    index = index_of_images(
        data.mask_index, data.listing, data.img_dir, masks=data.inside_paths()
    )
    counts = class_counts(index, len(classes))
    annotations = data.annotations or Annotations('', (), {})
    crowds = annotations.crowds()
    labels = {mask.image: mask.label for mask in data.masks}
    of_masks = index.problems(len(classes), labels)
    files = [*_file_problems(data, facts, of_masks), *of_lists]
    passed_over, lost = _passed_over(data), data.all_passed_over()
    files += passed_over if lost else []
    unusable = {*annotations.classes_in(data.mask_index.errors), *lost}
    unusable |= data.unreadable()
    few = class_problems(classes, counts, options.min_images, crowds, unusable)
    without_mask = [] if lost else data.without_mask()
    if of_masks and data.annotations is None and 2 * len(of_masks) >= len(data.masks):
        few, without_mask = [], []  # these are why classes lack pixels, images masks
    uses = _Uses() if files else _uses(data, facts, index, counts, workers)
    images = {file: facts[data.img_dir / file] for file in data.listing.files.values()}
    return FolderReport(
        form=form_of(data),
        classes=classes,
        counts=counts,
        image_sizes=[(one.height, one.width) for one in images.values() if one.height],
        num_masks=len(data.masks or data.mask_index.names),
        digests={path: one.sha256 for path, one in facts.items()},
        problems=[*files, *few, *fold_problems(uses.folds)],
        remarks=[
            *data.remarks(),
            *annotations.remarks,
            *mask_remarks(without_mask, data.empty_masks()),
            *([] if lost else passed_over),
            *crowd_remarks(crowds),
            *left_out_remarks(classes, counts, options.min_images),
            *smoothing_remarks(data.gray_pixels()),
            *void_remarks(data.void_pixels(), options.ignore),
            *image_remarks(images),
            *range_remarks(images, options.img_range),
            *uses.remarks,
        ],
        folds=uses.folds,
        config=uses.config,
    )


def form_of(data: FolderData) -> str:
    """What form of masks was recognised."""
    if data.annotations is not None:
        return data.annotations.form
    return _FORMS[type(data.source).__name__]


def _file_problems(
    data: FolderData, facts: dict[Path, FileFacts], of_masks: list[str]
) -> list[str]:
    lines = [*of_masks, *data.file_problems(facts), *data.size_problems(facts)]
    return [*group_lines(lines), *group_lines(data.doubts(), 'classes')]


def _passed_over(data: FolderData) -> list[str]:
    inside = data.source.inside if data.table is not None else str
    return passed_over_lines(
        data.options.mask_suffix,
        [inside(file) or file for file in data.passed_over()],
        [inside(mask.file) or mask.file for mask in data.masks],
        list(data.listing.files.values()),
    )


class _Uses(NamedTuple):
    """What the printed config makes of the data."""

    config: str = ''
    folds: tuple[FoldCheck, ...] = ()
    remarks: tuple[str, ...] = ()


def _uses(
    data: FolderData,
    facts: dict[Path, FileFacts],
    index: ClassIndex,
    counts: np.ndarray,
    workers: int,
) -> _Uses:
    classes, options = data.source.classes, data.options
    drawn = drawn_classes(classes, counts, options.min_images)
    if not drawn:
        return _Uses()
    text = config_snippet(options, drawn)
    cfg = load_snippet(text)
    images = counts[:, 0].tolist()
    poor = [name for name, n in zip(classes, images) if n < FEWEST_IMAGES]
    sizes = {n: facts[data.img_dir / f] for n, f in data.listing.files.items()}
    sizes = {name: (one.height, one.width) for name, one in sizes.items()}
    shown = shown_classes(index, sizes, len(classes))
    gone = {
        size: vanishing(data.source, shown, size, workers) for size in resized_to(cfg)
    }
    remarks = vanishing_remarks(classes, len(shown), gone)
    return _Uses(text, tuple(check_folds(cfg, poor)), tuple(remarks))
