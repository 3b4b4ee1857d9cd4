"""From a prompt to a mask.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from mmengine.logging import print_log

from ...utils.spelling import argument
from ..own_masks import UnusableMask
from ..pictures import Picture
from .inside import require_inside
from .kinds import Prompt

Prompter = Callable[[Picture, Prompt], np.ndarray]
"""Makes a mask (H, W), bool, of a picture and a prompt that lies in it."""
_LONGEST = 60  # letters of a prompt in a message
_HARDLY_ANY = 1e-3  # of a picture: hardly an object that somebody points at


def mask_of(picture: Picture, prompt: Prompt, prompter: Prompter) -> np.ndarray:
    """What a prompt becomes.

    Args:
        picture (Picture): The photograph.
        prompt (Prompt): What points at the object in it.
        prompter (Callable): Makes the mask.

    Returns:
        np.ndarray: (H, W), bool; some of it is the object, and some is not.

    Raises:
        UnusableMask: If the prompt leaves the picture, or becomes nothing or all of it.
        ValueError: If the prompter gives something else than a mask.
    """
    require_inside(picture, prompt)
    mask = np.asarray(prompter(picture, prompt))
    if mask.shape != picture.size or mask.dtype != bool:
        raise ValueError(
            f'the prompter gave an array of shape {mask.shape} and type {mask.dtype}, '
            f'expected a mask {picture.size} of bool'
        )
    if not mask.any():
        raise UnusableMask(
            f'{picture.name}: {shown(prompt)} became no pixel; mark more of the object'
        )
    if mask.all():
        raise UnusableMask(
            f'{picture.name}: {shown(prompt)} became all of the picture, and a support '
            'needs background, too; mark less, or give a mask'
        )
    return mask


def say_share(picture: Picture, prompt: Prompt, mask: np.ndarray) -> None:
    """Say in the log which share of a picture a prompt became; warn of next to none."""
    share = np.count_nonzero(mask) / mask.size
    text = f'{picture.name}: {shown(prompt)} became {share:.2%} of the picture'
    if share >= _HARDLY_ANY:
        print_log(text, 'current')
        return
    advice = f'look at it ({argument("show_supports")}), and mark more of the object'
    print_log(
        f'{text}, which is hardly an object: {advice}', 'current', logging.WARNING
    )


def shown(prompt: Prompt) -> str:
    """A prompt as text that fits in a line."""
    text = str(prompt)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'
