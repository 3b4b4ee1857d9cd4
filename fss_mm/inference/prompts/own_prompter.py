"""Masks of prompts without any other model.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from mmengine.logging import print_log

from ...models import FewShotSegmentor
from ..own_masks import UnusableMask
from ..pictures import Picture
from ..preparing import Preparation
from .drawing import draw_polygon
from .grab_cut import cut_box, cut_strokes, span
from .kinds import Box, Points, Polygon, Prompt
from .similarity import grow_points
from .strokes import strokes_of


@dataclass(frozen=True)
class OwnPrompter:
    """Makes masks of prompts: GrabCut, drawn polygons, or what looks alike.

    Args:
        model (FewShotSegmentor): In eval mode; its encoder looks at points.
        prepare (Preparation): What is done to images before the encoder.
    """

    model: FewShotSegmentor
    prepare: Preparation

    def __call__(self, picture: Picture, prompt: Prompt) -> np.ndarray:
        """The mask of a prompt; the same whenever it is made.

        Args:
            picture (Picture): The photograph.
            prompt (Prompt): Inside of it.

        Returns:
            np.ndarray: (H, W), bool.

        Raises:
            UnusableMask: If strokes are too short, or cannot be read.
        """
        if isinstance(prompt, Polygon):
            return draw_polygon(prompt, picture.size)
        if isinstance(prompt, Points):
            image = self.prepare.query(picture)
            return grow_points(self.model, image, picture.pixels, prompt)
        if isinstance(prompt, Box):
            return _of_box(picture, prompt)
        mask = cut_strokes(picture.pixels, strokes_of(picture, prompt))
        if mask is None:
            raise UnusableMask(
                f'{picture.name}: strokes of too few pixels to know the colours of the '
                'object; draw longer or wider ones'
            )
        return mask


def _of_box(picture: Picture, box: Box) -> np.ndarray:
    """What GrabCut finds, or all of the box, which is said."""
    mask = cut_box(picture.pixels, box)
    if mask is not None:
        return mask
    mask = np.zeros(picture.size, bool)
    mask[span(box.y0, box.y1), span(box.x0, box.x1)] = True
    if not mask.all():  # which is refused
        print_log(
            f'{picture.name}: nothing in {box} differs in colour from what is around '
            'it; all of the box is taken. Give points or a polygon if it is not the '
            'object',
            'current',
            logging.WARNING,
        )
    return mask
