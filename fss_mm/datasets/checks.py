"""What a data set is given, checked before anything is read of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ..index.file_listing import list_files
from ..utils.text import shorten

NOVEL_IMAGES = 'drop', 'keep', 'ignore'


def check_rules(
    num_shots: int,
    min_pixels: int,
    min_grid_pixels: int,
    min_images: int,
    novel_images: str,
) -> None:
    """Check the rules by which episodes are drawn; see ``FewShotSegDataset``.

    Raises:
        ValueError: Naming the value that cannot be.
    """
    if not isinstance(num_shots, int) or num_shots < 1:
        raise ValueError(f'num_shots={num_shots!r}, expected a whole number >= 1')
    numbers = dict(
        min_pixels=min_pixels,
        min_grid_pixels=min_grid_pixels,
        min_images=min_images,
    )
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f'{name}={number}, expected 0 or more')
    if novel_images not in NOVEL_IMAGES:
        raise ValueError(
            f'novel_images={novel_images!r}, expected one of {NOVEL_IMAGES}'
        )


def list_images(folder: Path, suffix: str) -> Mapping[str, str]:
    """Files of a folder of images by their names, without the suffix.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f'image folder {str(folder)!r} does not exist; check data_root and img_dir'
        )
    return list_files(folder, (suffix,)).files


def require_images(
    names: Iterable[str], files: Mapping[str, str], folder: Path, suffix: str
) -> None:
    """Check that all images are among the files of their folder.

    Raises:
        FileNotFoundError: Naming those that are not.
    """
    missing = [f'{name}{suffix}' for name in names if name not in files]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} images are missing from {str(folder)!r}: '
            f'{shorten(missing)}; add them or take them out of the list'
        )
