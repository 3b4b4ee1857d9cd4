"""The class index of a user's folder, with masks in any of their forms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..utils.text import join_lines, option
from .class_index import ClassIndex
from .file_listing import FileListing, name_of
from .name_pattern import suggested_suffixes


def index_of_images(
    index: ClassIndex,
    listing: FileListing,
    img_dir: Path,
    names: Sequence[str] | None = None,
    masks: Iterable[str] = (),
) -> ClassIndex:
    """Index of the images in a folder, with what is wrong with them and their masks.

    Args:
        index (ClassIndex): Of all masks.
        listing (FileListing): Of the images.
        img_dir (Path): Their folder.
        names (Sequence[str], optional): The images to take; what is wrong with others
            does not matter. Defaults to all.
        masks (Iterable[str]): Paths of the masks, under the folder of their class; they
            tell how masks are named where no image has their name. Defaults to (): what
            is in the images is in annotations.
    """
    lines = [
        (name_of(path), f'{img_dir.name}/{path}: {why}')
        for path, why in listing.problems.items()
    ]
    wanted = {*listing.files, *index.names} if names is None else set(names)
    known = {*listing.files, *index.errors, *(name for name, _ in lines)}
    missing = sorted(wanted - known)
    if missing:
        remedy = _image_remedy(listing, missing, list(masks))
        why = f'no image of this name in {img_dir}/; {remedy}'
        lines += [(name, f'{name}: {why}') for name in missing]
    index = index.of_images(tuple(names or listing.files), join_lines(lines))
    if names is None:
        return index
    errors = {name: text for name, text in index.errors.items() if name in wanted}
    return replace(index, errors=errors)


def _image_remedy(
    listing: FileListing, missing: Sequence[str], masks: Sequence[str]
) -> str:
    """What to do about masks without an image, most of which may be named otherwise."""
    if not masks:
        return 'add it, or take it out of the annotations'
    suffixes = suggested_suffixes(list(listing.files.values()), masks)
    if 2 * len(missing) < len(listing.files) or not suffixes:
        return 'add it, or remove its mask'
    options = ' and '.join(option(name, value) for name, value in suffixes.items())
    return f'if masks are named after their images, {options}'
