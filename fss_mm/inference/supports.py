"""From labelled photographs to supports.

Shape letters: K supports.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log

from ..engine.describe_images import encode_images
from ..models import FewShotSegmentor
from ..structures import SUPPORT, LoadedImage
from ..utils.text import group_lines, shorten
from .learned_class import Support
from .own_masks import MaskSource, read_mask
from .pictures import Source
from .preparing import Preparation
from .segmenting import computing


def read_supports(
    model: FewShotSegmentor,
    prepare: Preparation,
    images: Source | Sequence[Source],
    masks: MaskSource | Sequence[MaskSource],
    foreground: str | int | None = None,
    resize_masks: bool = False,
) -> list[Support]:
    """Read, prepare and encode supports.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        prepare (Preparation): What is done to images before the encoder.
        images (Source | Sequence[Source]): K photographs.
        masks (MaskSource | Sequence[MaskSource]): K masks.
        foreground (str | int, optional): As in :func:`~.own_masks.read_mask`.
        resize_masks (bool): Likewise.

    Raises:
        ValueError: If images and masks do not belong together, one of them cannot be
            used, or no support shows the class in the network's size.
    """
    read, lines = [], []
    for place, (image, mask) in enumerate(_pairs(images, masks), start=1):
        named = isinstance(image, (str, Path))
        picture = prepare.reader(image, None if named else f'support {place}')
        labels = read_mask(mask, picture, foreground, resize_masks, lines.append)
        read.append((picture, labels))
    for line in group_lines(lines):
        print_log(line, 'current', logging.WARNING)
    loaded = [prepare.support(*one) for one in read]
    _require_one_size(loaded)
    _require_class(loaded)
    supports = []
    for (picture, labels), image in zip(read, loaded):
        with computing(model):
            features = encode_images(model, SUPPORT, [image])
        supports.append(Support(picture.name, labels, prepare.query(picture), features))
    return supports


def _pairs(images, masks) -> list[tuple[Source, MaskSource]]:
    images, masks = (
        list(x) if isinstance(x, (list, tuple)) else [x] for x in (images, masks)
    )
    if len(images) != len(masks) or not images:
        raise ValueError(
            f'{len(images)} images and {len(masks)} masks: a class needs at least one '
            'image, and a mask for each'
        )
    return list(zip(images, masks))


def _require_one_size(loaded: Sequence[LoadedImage]) -> None:
    sizes = {tuple(image.image.shape[1:]) for image in loaded}
    if len(sizes) > 1:
        raise ValueError(
            f'supports of sizes {sorted(sizes)} (height, width), and the config '
            'resizes none of them: give FewShotInferencer an image_size'
        )


def _require_class(loaded: Sequence[LoadedImage]) -> None:
    """Check that the class is there in the network's size; name supports without it."""
    size = ' x '.join(map(str, loaded[0].meta['img_shape']))
    empty = [image.meta['name'] for image in loaded if not image.meta['class_pixels']]
    if len(empty) == len(loaded):
        raise ValueError(
            f'no support shows a pixel of the class at {size} (height x width): the '
            'object is too small; crop the photographs around it, or give a larger '
            'image_size'
        )
    if empty:
        print_log(
            f'{shorten(empty, 3)} shows no pixel of the class at {size} (height x '
            'width), and its background alone is learned: crop it around the object, '
            'or leave it out',
            'current',
            logging.WARNING,
        )
