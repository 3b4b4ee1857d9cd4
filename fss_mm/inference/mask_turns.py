"""What was drawn on a photograph that its EXIF tag turns.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from mmengine.logging import print_log
from PIL import Image

from ..utils.exif import TURNS
from .pictures import Picture


def warn_in_log(line: str) -> None:
    """Say in the log what was assumed."""
    print_log(line, 'current', logging.WARNING)


def upright(
    labels: np.ndarray,
    picture: Picture,
    name: str,
    warn: Callable[[str], None] = warn_in_log,
) -> np.ndarray | None:
    """What was drawn on a picture, in the picture's orientation.

    Args:
        labels (np.ndarray): Height, width, and perhaps channels; uint8.
        picture (Picture): It may have been turned by its EXIF tag.
        name (str): Of what was drawn.
        warn (Callable): Called with ``<name>: <cause>`` if something was assumed.
            Defaults to a warning in the log.

    Returns:
        np.ndarray | None: (H, W, ...); None if its size is neither that of the picture
        nor that of the picture's file.
    """
    turned = picture.orientation != 1
    size = labels.shape[:2]
    if size == picture.size:
        if turned and picture.size == picture.stored_size:
            warn(
                f'{name}: its photograph was turned by its EXIF tag '
                f'{picture.orientation}; the mask is taken to show it turned'
            )
        return labels
    if turned and size == picture.stored_size:
        warn(
            f'{name}: turned as its photograph is, by its EXIF tag '
            f'{picture.orientation}'
        )
        return np.array(Image.fromarray(labels).transpose(TURNS[picture.orientation]))
    return None


def other_size(labels: np.ndarray, picture: Picture, name: str) -> str:
    """What to say of what was drawn on a picture and has another size."""
    own, others = (' x '.join(map(str, s)) for s in (labels.shape[:2], picture.size))
    return f'{name}: {own} (height x width), and its image {picture.name} is {others}'
