"""Annotations brought to the size and the orientation that their images are loaded at.

Shape letters: H W size of an annotation, h w that of its image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from .annotations import AnnotatedImage, Annotations
from .instance_faults import fault
from .instances import Instance, rle_of, to_rle

ORIENTATION = 0x0112  # of EXIF
SIDEWAYS = 5  # from this orientation on, height and width are exchanged
_TURNS = {
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def fitted(
    annotations: Annotations, img_dir: Path, files: Mapping[str, str]
) -> Annotations:
    """Turn and scale what was annotated at another size than its image is loaded at.

    - Annotations of the size at which the file is stored are turned as its EXIF tag
      turns the image.
    - Those of another size in the same proportions are scaled.

    Others stay as they are, and do not fit.

    Args:
        annotations (Annotations): Of any tool.
        img_dir (Path): Folder of the images.
        files (Mapping[str, str]): Name of each image to its path there.
    """
    images = {
        name: _fit(image, img_dir / files[name]) if name in files else image
        for name, image in annotations.images.items()
    }
    return replace(annotations, images=images)


def same_proportions(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one is the other, scaled and rounded to whole pixels."""
    return abs(size[0] * other[1] - size[1] * other[0]) < max(*size, *other)


def stored_size(path: Path) -> tuple[tuple[int, int], int]:
    """Height and width of an image file as it is stored, and its EXIF orientation."""
    with Image.open(path) as image:
        return image.size[::-1], image.getexif().get(ORIENTATION, 1)


def _fit(image: AnnotatedImage, path: Path) -> AnnotatedImage:
    try:
        stored, orientation = stored_size(path)
    except (OSError, SyntaxError, ValueError):
        return image  # the check of the file says why
    shown = stored[::-1] if orientation >= SIDEWAYS else stored
    faulty = any(fault(i, *image.size) for i in image.instances)
    if faulty or image.size == shown or 0 in image.size:
        return image
    if image.size == stored:
        turn = _TURNS[orientation]
        return _changed(image, shown, lambda i: _turned(i, stored, turn))
    if same_proportions(image.size, shown):
        return _changed(image, shown, lambda i: _scaled(i, image.size, shown))
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
