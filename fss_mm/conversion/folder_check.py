"""Check a user's own data, in any form that ``FewShotFolderDataset`` reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..index.folder_index import index_of_images
from ..index.folder_options import FolderOptions
from ..utils.text import group_lines
from .folder_data import FolderData
from .folder_files import inspect_files
from .folder_findings import (
    class_counts,
    class_problems,
    image_remarks,
    mask_remarks,
    range_remarks,
    smoothing_remarks,
    void_remarks,
)

_FORMS = dict(
    IndexMaskSource='index masks, one for each image',
    ClassFolderSource='binary masks, in a folder for each class',
    OneClassSource='binary masks of one class',
    COCOJsonSource="a JSON in COCO's format",
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
    """

    form: str
    classes: tuple[str, ...]
    counts: np.ndarray
    image_sizes: list[tuple[int, int]]
    num_masks: int
    digests: dict[Path, str]
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def check_folder(
    options: FolderOptions, store: Path, workers: int = 1, again: bool = False
) -> FolderReport:
    """Check every file, to the end.

    Args:
        options (FolderOptions): Where the data lie.
        store (Path): See :func:`~.folder_files.inspect_files`.
        workers (int): Processes. Defaults to 1.
        again (bool): Check unchanged files too. Defaults to False.

    Raises:
        FileNotFoundError: If a folder or a list is missing.
        ValueError: If the form cannot be told, or the JSON cannot be read.
    """
    data = FolderData(options, workers)
    classes = data.source.classes
    facts = inspect_files(data.files(), store, workers, again)
    index = index_of_images(
        data.mask_index, data.listing, data.img_dir, masks=data.inside_paths()
    )
    counts = class_counts(index, len(classes))
    images = {file: facts[data.img_dir / file] for file in data.listing.files.values()}
    labels = {mask.image: mask.label for mask in data.masks}
    mask_problems = index.problems(len(classes), labels)
    num_masks = len(data.masks or data.mask_index.names)
    seen = 2 * len(mask_problems) < max(num_masks, 1)  # else classes lack pixels for it
    return FolderReport(
        form=_FORMS[type(data.source).__name__],
        classes=classes,
        counts=counts,
        image_sizes=[(one.height, one.width) for one in images.values() if one.height],
        num_masks=num_masks,
        digests={path: one.sha256 for path, one in facts.items()},
        problems=[
            *group_lines(
                [
                    *mask_problems,
                    *data.file_problems(facts),
                    *data.size_problems(facts),
                ]
            ),
            *group_lines(data.doubts(), 'classes'),
            *(class_problems(classes, counts) if seen else ()),
        ],
        remarks=[
            *data.remarks(),
            *mask_remarks(data.without_mask(), data.empty_masks()),
            *smoothing_remarks(data.gray_pixels()),
            *void_remarks(data.void_pixels(), options.ignore),
            *image_remarks(images),
            *range_remarks(images, options.img_range),
        ],
    )
