"""Annotations brought to the size and the orientation that their images are loaded at.

Shape letters: H W size of an annotation, h w that of its image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..utils.exif import SIDEWAYS, TURNS, orientation_of
from ..utils.text import shorten
from .annotations import AnnotatedImage, Annotations
from .instance_faults import fault
from .instances import Instance, rle_of, to_rle

_SHOWN = 3


def fitted(
    annotations: Annotations, img_dir: Path, files: Mapping[str, str]
) -> Annotations:
    """Turn and scale what was annotated at another size than its image is loaded at.

    - Annotations of the size at which the file is stored are turned as its EXIF tag
      turns the image.
    - Where the image keeps its size when it is turned (mirrored, by half a turn, or a
      square one) the annotations' size says nothing. They are turned if all others
      whose size does say something are of files as they are stored, which is what the
      tool that wrote them does; else they stay, with a remark.
    - Those of another size in the same proportions are scaled.

    Others stay as they are, and do not fit.

    Args:
        annotations (Annotations): Of any tool.
        img_dir (Path): Folder of the images.
        files (Mapping[str, str]): Name of each image to its path there.
    """
    images = annotations.images
    views = {n: v for n in images if n in files and (v := _view(img_dir / files[n]))}
    told = {_is_as_stored(images[name].size, view) for name, view in views.items()}
    told.discard(None)
    unclear = [name for name, view in views.items() if view.keeps_size]
    remarks = annotations.remarks
    if unclear and len(told) != 1:
        remarks += (
            f'{len(unclear)} images have an EXIF tag that turns or mirrors them and '
            'keeps their size, so that annotations may be of either view; they are '
            f'taken as they are: {shorten(unclear, _SHOWN)}',
        )
    found = {
        name: _fit(image, views[name], told == {True}) if name in views else image
        for name, image in images.items()
    }
    return replace(annotations, images=found, remarks=remarks)


def same_proportions(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one is the other, scaled and rounded to whole pixels."""
    return abs(size[0] * other[1] - size[1] * other[0]) < max(*size, *other)


def stored_size(path: Path) -> tuple[tuple[int, int], int]:
    """Height and width of an image file as it is stored, and its EXIF orientation.

    Any that EXIF does not know is 1, upright, as image loaders take it.
    """
    with Image.open(path) as image:
        return image.size[::-1], orientation_of(image)


class _View(NamedTuple):
    """Height and width of an image as it is stored and as it is loaded."""

    stored: tuple[int, int]
    shown: tuple[int, int]
    orientation: int

    @property
    def keeps_size(self) -> bool:
        """Whether the image is turned, and its size does not tell."""
        return self.orientation > 1 and self.stored == self.shown


def _view(path: Path) -> _View | None:
    try:
        stored, orientation = stored_size(path)
    except (OSError, SyntaxError, ValueError):
        return None  # the check of the file says why
    sideways = orientation >= SIDEWAYS
    return _View(stored, stored[::-1] if sideways else stored, orientation)


def _is_as_stored(size: tuple[int, int], view: _View) -> bool | None:
    """Whether annotations are of the stored view, not the shown one; None: unclear."""
    if view.stored == view.shown or size not in (view.stored, view.shown):
        return None
    return size == view.stored


def _fit(image: AnnotatedImage, view: _View, all_as_stored: bool) -> AnnotatedImage:
    if any(fault(i, *image.size) for i in image.instances) or 0 in image.size:
        return image
    size, (stored, shown, orientation) = image.size, view
    if size not in (stored, shown) and same_proportions(size, shown):
        image = _changed(image, shown, lambda i: _scaled(i, size, shown))
    if _is_as_stored(image.size, view) or (
        view.keeps_size and all_as_stored and image.size == stored
    ):
        turn = TURNS[orientation]
        return _changed(image, shown, lambda i: _turned(i, stored, turn))
    return image


def _changed(image: AnnotatedImage, size: tuple[int, int], change) -> AnnotatedImage:
    instances = tuple(i._replace(segmentation=change(i)) for i in image.instances)
    return replace(image, size=size, instances=instances)


def _turned(instance: Instance, size: tuple[int, int], turn: Image.Transpose) -> dict:
    mask = Image.fromarray(_decoded(instance, size))
    return rle_of(np.asarray(mask.transpose(turn)))


def _scaled(
    instance: Instance, size: tuple[int, int], shown: tuple[int, int]
) -> list | dict:
    """Polygons point by point; run lengths by taking the nearest pixel."""
    if isinstance(instance.segmentation, list):
        factors = shown[1] / size[1], shown[0] / size[0]  # of x and of y
        return [
            [number * factors[place % 2] for place, number in enumerate(polygon)]
            for polygon in instance.segmentation
        ]
    mask = Image.fromarray(_decoded(instance, size))
    return rle_of(np.asarray(mask.resize(shown[::-1], Image.Resampling.NEAREST)))


def _decoded(instance: Instance, size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8."""
    from pycocotools import mask as rle_tools  # an extra

    return rle_tools.decode(to_rle(instance.segmentation, *size))
