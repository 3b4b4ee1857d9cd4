"""Supports that show several classes: index masks, with a name for each value.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.logging import print_log

from ..index import IGNORE_INDEX
from ..index.class_names import is_background
from ..utils.text import counted, group_lines, shorten
from .learned_class import Labelled
from .own_masks import MaskSource, UnusableMask, read_index_mask
from .pictures import Picture, Source
from .preparing import Preparation
from .prompts.kinds import PROMPTS
from .supports import read_pairs


def read_index_supports(
    prepare: Preparation,
    images: Source | Sequence[Source],
    masks: MaskSource | Sequence[MaskSource],
    named: Mapping[int, str],
    resize_masks: bool = False,
) -> dict[str, list[Labelled]]:
    """Read index masks as supports of each class: of those photographs that show it.

    Values without a name are background, which is said in the log.

    Args:
        prepare (Preparation): Its reader reads the photographs.
        images (Source | Sequence[Source]): Photographs.
        masks (MaskSource | Sequence[MaskSource]): A mask of each; 255 counts nowhere.
        named (Mapping[int, str]): Of :func:`named_values`.
        resize_masks (bool): As in :func:`~.own_masks.read_mask`.

    Returns:
        dict[str, list[Labelled]]: By name, in the order of ``named``.

    Raises:
        ValueError: If a mask cannot be used, or no mask shows one of the classes.
    """
    read, lines = [], []
    for picture, mask in read_pairs(prepare, images, masks):
        if isinstance(mask, PROMPTS):
            raise UnusableMask(
                f'{picture.name}: {type(mask).__name__} shows one class; give an index '
                'mask here, or learn its class apart'
            )
        values = read_index_mask(mask, picture, resize_masks, lines.append)
        read.append((picture, values))
    for line in group_lines(lines):
        print_log(line, 'current', logging.WARNING)
    held = {int(value) for _, values in read for value in np.unique(values)}
    _require_all(named, held)
    _say_unnamed(named, held)
    return {name: _of_value(read, value, name) for value, name in named.items()}


def named_values(classes: Mapping[int, str]) -> dict[int, str]:
    """Check names of values, and leave out those that are background.

    Args:
        classes (Mapping[int, str]): Value, 0 to 254, to name.

    Raises:
        ValueError: If they are something else, or two values have one name.
    """
    if not isinstance(classes, Mapping) or not classes:
        raise ValueError(f"{classes!r}, expected names of values, such as {{1: 'mug'}}")
    for value in classes:
        if isinstance(value, bool) or value not in range(IGNORE_INDEX):
            raise ValueError(
                f'{classes[value]!r} has the value {value!r}, expected whole numbers '
                f'from 0 to {IGNORE_INDEX - 1}'
            )
    named = {v: n for v, n in classes.items() if not is_background(str(n))}
    twice = [name for name in named.values() if [*named.values()].count(name) > 1]
    if twice or not named:
        what = f'{twice[0]!r} names two values' if twice else 'background alone'
        raise ValueError(f'{classes!r}: {what}; give each value its own name')
    return named


def _require_all(named: Mapping[int, str], held: set[int]) -> None:
    missing = [
        f'{value} ({name})' for value, name in named.items() if value not in held
    ]
    if missing:
        raise UnusableMask(
            f'no mask shows {shorten(missing, 3)}; the masks hold the values '
            f'{shorten([*map(str, sorted(held))])}: name those that are there'
        )


def _say_unnamed(named: Mapping[int, str], held: set[int]) -> None:
    others = sorted(held - set(named) - {0, IGNORE_INDEX})
    if others:
        print_log(
            f'{counted(len(others), "value")} of masks without a name, taken as '
            f'background: {shorten([*map(str, others)])}',
            'current',
            logging.WARNING,
        )


def _of_value(
    read: Sequence[tuple[Picture, np.ndarray]], value: int, name: str
) -> list[Labelled]:
    """Photographs that show a value, with labels of it."""
    found = []
    for picture, values in read:
        labels = (values == value).astype(np.uint8)
        labels[values == IGNORE_INDEX] = IGNORE_INDEX
        if not (labels == 1).any():
            continue
        if not (labels == 0).any():
            raise UnusableMask(
                f'{picture.name}: all of it is {name}, and a support needs background, '
                'too'
            )
        found.append(Labelled(picture, labels))
    return found
