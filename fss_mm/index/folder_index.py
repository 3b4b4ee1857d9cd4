"""The class index of a user's folder, with masks in any form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..utils.text import join_lines
from .class_index import ClassIndex
from .file_listing import FileListing, composed, name_of
from .image_files import read_split
from .instance_source import CROWDS, find_annotations, instance_source
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
    known = {*listing.files, *index.errors, *(name for name, _ in lines)}
    for name in sorted(wanted - known):
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
    img_dir: str = 'images',
    crowds: str = 'ignore',
    fit_annotations: bool = False,
) -> MaskSource:
    """Find out in which form masks are; the arguments are the data set's.

    Raises:
        FileNotFoundError: If a folder or a file is missing.
        ImportError: If pycocotools is missing, which annotations need.
        ValueError: If classes are missing, named twice or too many, or annotations are
            in another form.
    """
    if crowds not in CROWDS:
        raise ValueError(f'crowds={crowds!r}, expected one of {CROWDS}')
    if isinstance(classes, str):
        classes = read_split(root / classes)
    elif classes is not None:
        classes = tuple(map(composed, classes))
    if len(set(classes or ())) < len(classes or ()):
        raise ValueError(f'classes={classes!r} names a class twice; leave one out')
    if annotations is not None:
        paths = root / annotations, root / img_dir
        return instance_source(*paths, classes, crowds, fit_annotations)
    try:
        folders = class_folders(root / mask_dir)
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{error}{_hint(root, img_dir, mask_dir)}') from error
    if folders and (classes is None or set(classes) & set(folders)):
        return ClassFolderSource(root / mask_dir, classes)
    if classes is None:
        hint = _hint(root, img_dir, mask_dir)
        raise ValueError(
            f'{root / mask_dir} has no folder of masks for each class; if these are '
            f'index masks, name their classes: classes=(...), or a text file{hint}'
        )
    return IndexMaskSource(root / mask_dir, classes)


def _hint(root: Path, img_dir: str, mask_dir: str) -> str:
    """Name annotations that lie where they are not looked for."""
    found = find_annotations(root, (mask_dir, img_dir))
    if found is None:
        return ''
    return f'; {found!r} may be annotations: annotations={found!r}'
