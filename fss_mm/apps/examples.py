"""A photograph in which a class is marked, and what its marks became.

Shape letters: H W size at which the photograph is worked with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..inference.prompts import Prompt
from .marks import Marks
from .opened_model import OpenedModel
from .uploads import Photograph


@dataclass
class Example:
    """A photograph in which a class is marked, or will be.

    Args:
        photograph (Photograph): It.
        class_name (str): What is marked.
        marks (Marks): What was drawn.
        uploaded (np.ndarray, optional): (H, W), uint8: a mask that was uploaded.
        mask (np.ndarray, optional): (H, W), uint8, of the marks: 0 background, 1 the
            class, 255 counts nowhere; None while there is none.
        version (int): Of the mask.
        drawn (Mapping, optional): The marks as the page has sent them.
        made (tuple, optional): The last prompt and its mask, so that a stroke of the
            brush makes none anew.
    """

    photograph: Photograph
    class_name: str
    marks: Marks = Marks()
    uploaded: np.ndarray | None = None
    mask: np.ndarray | None = None
    version: int = 0
    drawn: Mapping | None = None
    made: tuple[tuple, np.ndarray] | None = None

    @property
    def num_bytes(self) -> int:
        """Memory that it takes."""
        masks = [self.uploaded, self.mask, self.made and self.made[1]]
        return self.photograph.num_bytes + sum(m.nbytes for m in masks if m is not None)

    def mask_of(self, prompt: Prompt, model: OpenedModel) -> np.ndarray:
        """What a prompt becomes, made once."""
        key = prompt, model.key
        if self.made is None or self.made[0] != key:
            self.made = key, model.mask_of(self.photograph.picture, prompt)
        return self.made[1]
