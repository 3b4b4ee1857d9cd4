"""Supports as people keep them: a folder for each class, masks beside photographs."""

from __future__ import annotations

import os
from pathlib import Path

from ..index.file_listing import IMAGE_SUFFIXES
from ..utils.text import shorten

_MARKS = ('_mask', '-mask', '.mask', '_gt', '_label')
_MASK_SUFFIXES = ('.png', '.npy', *IMAGE_SUFFIXES)
Pairs = tuple[list[Path], list[Path]]


def read_support_folder(folder: str | Path) -> dict[str, Pairs]:
    """Photographs and masks of each class.

    A mask has the name of its photograph with ``_mask`` behind it (``mug1_mask.png`` of
    ``mug1.jpg``), or lies in a folder ``masks`` beside them under the same name, or is
    a PNG of the same name beside a JPEG.

    Args:
        folder (str | Path): With a folder for each class, or the photographs of one
            class, whose name is then that of the folder.

    Returns:
        dict[str, tuple[list, list]]: Class to photographs and masks, sorted.

    Raises:
        FileNotFoundError: If there is no such folder, or no photograph in it.
        ValueError: If a photograph has no mask, or lies beside folders of classes.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f'{str(folder)!r}: no such folder of supports')
    inside = [p for p in sorted(folder.iterdir()) if p.is_dir() and not _is_side(p)]
    classes = [p for p in inside if not p.name.startswith('.')] or [folder]
    beside = [p.name for p in _images(folder)] if classes != [folder] else []
    if beside:
        raise ValueError(
            f'{str(folder)!r} has folders of classes '
            f'({shorten([p.name for p in classes], 3)}) and images beside them '
            f'({shorten(beside, 3)}): move these into the folder of their class, or '
            'the folders away'
        )
    # by the names that a user sees: of '.' that of the folder, of a link its own
    return {Path(os.path.abspath(one)).name: _pairs(one) for one in classes}


def _images(folder: Path) -> list[Path]:
    """Photographs and masks in a folder, sorted."""
    files = [p for p in sorted(folder.iterdir()) if p.is_file()]
    return [p for p in files if p.suffix.lower() in _MASK_SUFFIXES]


def _pairs(folder: Path) -> Pairs:
    sides = [p for p in folder.iterdir() if p.is_dir() and _is_side(p)]
    masks = {_stem(p): p for side in sides for p in sorted(side.iterdir())}
    images = []
    for file in _images(folder):
        if _stem(file) != file.stem or file.suffix.lower() == '.npy':
            masks[_stem(file)] = file
        else:
            images.append(file)
    twins = {p.stem: p for p in images if p.suffix.lower() == '.png'}
    for image in list(images):
        if image.suffix.lower() != '.png' and image.stem in twins:
            masks.setdefault(image.stem, twins[image.stem])
            images = [p for p in images if p != twins[image.stem]]
    if not images:
        raise FileNotFoundError(f'{str(folder)!r} holds no photograph of a support')
    without = [p.name for p in images if p.stem not in masks]
    if without:
        raise ValueError(
            f'{str(folder)!r}: no mask of {shorten(without, 3)}; name it '
            f'{Path(without[0]).stem}_mask.png, remove the photograph, or give it a '
            'box or points by --support'
        )
    return images, [masks[p.stem] for p in images]


def _is_side(folder: Path) -> bool:
    return folder.name.lower() in ('mask', 'masks', 'labels')


def _stem(file: Path) -> str:
    """The name of a mask's photograph."""
    for mark in _MARKS:
        if file.stem.endswith(mark):
            return file.stem.removesuffix(mark)
    return file.stem
