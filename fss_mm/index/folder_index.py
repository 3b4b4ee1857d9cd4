"""The class index of a user's folder, with masks in any of three forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..utils.text import join_lines
from .class_index import ClassIndex
from .coco_json_source import COCOJsonSource
from .file_listing import FileListing, composed, name_of
from .image_files import read_split
from .mask_sources import (
    ClassFolderSource,
    IndexMaskSource,
    MaskSource,
    class_folders,
)


def index_of_images(
    index: ClassIndex,
    listing: FileListing,
    img_dir: Path,
    names: Sequence[str] | None = None,
) -> ClassIndex:
    """Index of the images in a folder, with what is wrong with them and their masks.

    Args:
        index (ClassIndex): Of all masks.
        listing (FileListing): Of the images.
        img_dir (Path): Their folder.
        names (Sequence[str], optional): The images to take; what is wrong with others
            does not matter. Defaults to all.
    """
    lines = [
        (name_of(path), f'{img_dir.name}/{path}: {why}')
        for path, why in listing.problems.items()
    ]
    wanted = {*listing.files, *index.names} if names is None else set(names)
    for name in sorted(wanted - {*listing.files, *(name for name, _ in lines)}):
        why = f'no image of this name in {img_dir}/; add it, or remove its mask'
        lines.append((name, f'{name}: {why}'))
    index = index.of_images(tuple(names or listing.files), join_lines(lines))
    if names is None:
        return index
    errors = {name: text for name, text in index.errors.items() if name in wanted}
    return replace(index, errors=errors)


def mask_source(
    root: Path,
    mask_dir: str = 'masks',
    annotations: str | None = None,
    classes: Sequence[str] | str | None = None,
) -> MaskSource:
    """Find out in which of the three forms masks are; the arguments are the data set's.

    Raises:
        FileNotFoundError: If a folder or a file is missing.
        ValueError: If classes are missing, named twice or too many.
    """
    if isinstance(classes, str):
        classes = read_split(root / classes)
    elif classes is not None:
        classes = tuple(map(composed, classes))
    if len(set(classes or ())) < len(classes or ()):
        raise ValueError(f'classes={classes!r} names a class twice; leave one out')
    if annotations is not None:
        return COCOJsonSource(root / annotations, classes)
    folders = class_folders(root / mask_dir)
    if folders and (classes is None or set(classes) & set(folders)):
        return ClassFolderSource(root / mask_dir, classes)
    if classes is None:
        raise ValueError(
            f'{root / mask_dir} has no folder of masks for each class; if these are '
            'index masks, name their classes: classes=(...), or a text file'
        )
    return IndexMaskSource(root / mask_dir, classes)
