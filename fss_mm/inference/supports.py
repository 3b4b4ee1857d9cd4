"""From labelled photographs to supports.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from numbers import Real
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from ..engine.describe_images import Encode, encode_images
from ..models import FewShotSegmentor
from ..structures import SUPPORT, LoadedImage
from ..utils.spelling import argument
from ..utils.text import counted, group_lines, shorten
from .learned_class import Labelled, Support
from .own_masks import MaskSource, read_mask
from .pictures import Picture, Source
from .preparing import Preparation
from .prompts.kinds import PROMPTS, Prompt
from .prompts.masks import Prompter, mask_of, say_share
from .prompts.text import as_prompt
from .segmenting import computing

SupportMask = MaskSource | Prompt


def read_labelled(
    prepare: Preparation,
    images: Source | Sequence[Source],
    masks: SupportMask | Sequence[SupportMask],
    prompter: Prompter,
    foreground: str | int | None = None,
    resize_masks: bool = False,
) -> list[Labelled]:
    """Read photographs and their masks, and make masks of prompts.

    What a prompt became is said in the log.

    Args:
        prepare (Preparation): Its reader reads the photographs.
        images (Source | Sequence[Source]): K photographs.
        masks (SupportMask | Sequence[SupportMask]): K masks or prompts.
        prompter (Prompter): Makes masks of prompts.
        foreground (str | int, optional): As in :func:`~.own_masks.read_mask`.
        resize_masks (bool): Likewise.

    Raises:
        ValueError: If images and masks do not belong together, or one of them cannot be
            used.
    """
    pairs = list(read_pairs(prepare, images, masks))
    if all(isinstance(mask, PROMPTS) for _, mask in pairs):
        require_masks_for(foreground=foreground, resize_masks=resize_masks)
    read, lines = [], []
    for picture, mask in pairs:
        if isinstance(mask, PROMPTS):
            labels = mask_of(picture, mask, prompter).astype(np.uint8)
            say_share(picture, mask, labels)
            read.append(Labelled(picture, labels, mask))
        else:
            labels = read_mask(mask, picture, foreground, resize_masks, lines.append)
            read.append(Labelled(picture, labels))
    for line in group_lines(lines):
        print_log(line, 'current', logging.WARNING)
    return read


def require_masks_for(**given: object) -> None:
    """Stop at arguments about masks, where there are prompts alone.

    Args:
        **given (object): By name; what is None or False was not given.

    Raises:
        ValueError: If one of them was given.
    """
    for name, value in given.items():
        if value is not None and value is not False:
            raise ValueError(
                f'{argument(name, value)} says something of masks, and prompts stand '
                'in the place of all: leave it out'
            )


def read_pairs(
    prepare: Preparation,
    images: Source | Sequence[Source],
    masks: SupportMask | Sequence[SupportMask],
) -> Iterator[tuple[Picture, SupportMask]]:
    """Photographs, read one by one, and what is given as their masks.

    Raises:
        ValueError: As in :func:`read_labelled`.
    """
    for place, (image, mask) in enumerate(_pairs(images, masks), start=1):
        named = isinstance(image, (str, Path))
        picture = prepare.reader(image, None if named else f'support {place}')
        yield picture, as_prompt(mask)


def encode_supports(
    model: FewShotSegmentor,
    prepare: Preparation,
    labelled: Sequence[Labelled],
    encode: Encode = encode_images,
) -> list[Support]:
    """Prepare and encode supports.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        prepare (Preparation): What is done to images before the encoder.
        labelled (Sequence[Labelled]): K.
        encode (Encode): Encodes, or knows what was encoded before.

    Raises:
        ValueError: If they have several sizes and the config resizes none, or no
            support shows the class in the network's size.
    """
    loaded = [prepare.support(one.picture, one.labels) for one in labelled]
    _require_one_size(loaded)
    _require_class(loaded)
    supports = []
    for one, image in zip(labelled, loaded):
        with computing(model):
            features = encode(model, SUPPORT, [image])
        supports.append(Support(one.labels, prepare.query(one.picture), features))
    return supports


def _pairs(images, masks) -> list[tuple[Source, SupportMask]]:
    images = list(images) if isinstance(images, (list, tuple)) else [images]
    masks = [masks] if _is_one(masks) else list(masks)
    if len(images) != len(masks) or not images:
        raise ValueError(
            f'{counted(len(images), "image")} and {counted(len(masks), "mask")}: a '
            'class needs at least one image, and a mask for each'
        )
    return list(zip(images, masks))


def _is_one(masks: object) -> bool:
    """Whether masks are one thing; so is a list of numbers, which is no mask."""
    if not isinstance(masks, (list, tuple)):
        return True
    return any(isinstance(value, Real) for value in masks)


def _require_one_size(loaded: Sequence[LoadedImage]) -> None:
    sizes = {tuple(image.image.shape[1:]) for image in loaded}
    if len(sizes) > 1:
        raise ValueError(
            f'supports of sizes {sorted(sizes)} (height, width), and the config '
            f'resizes none of them: give an {argument("image_size")}'
        )


def _require_class(loaded: Sequence[LoadedImage]) -> None:
    """Check that the class is there in the network's size; name supports without it."""
    size = ' x '.join(map(str, loaded[0].meta['img_shape']))
    empty = [image.meta['name'] for image in loaded if not image.meta['class_pixels']]
    if len(empty) == len(loaded):
        raise ValueError(
            f'no support shows a pixel of the class at {size} (height x width): the '
            'object is too small; crop the photographs around it, or give a larger '
            f'{argument("image_size")}'
        )
    if empty:
        print_log(
            f'{shorten(empty, 3)} shows no pixel of the class at {size} (height x '
            'width), and its background alone is learned: crop it around the object, '
            'or leave it out',
            'current',
            logging.WARNING,
        )
