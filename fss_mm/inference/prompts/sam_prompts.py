"""Prompts to masks by SAM or SAM 2, as transformers has them.

A. Kirillov et al.: Segment Anything, ICCV 2023. Weights are the user's.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...models.refiners import load_sam
from ..opening import usable_device
from ..pictures import Picture
from .drawing import OBJECT, OTHER, draw_polygon
from .kinds import Box, Points, Polygon, Prompt
from .strokes import strokes_of

_FROM_STROKES = 16  # points of each kind


class SamPrompter:
    """Makes masks of prompts by SAM.

    A polygon is drawn, as without SAM; of strokes up to 16 points of each kind are
    shown to it. Of SAM's masks that one is taken which it scores best.

    Args:
        weights (str | Path): A folder, or a name on the Hugging Face hub, with a
            model and its processor, such as ``'facebook/sam-vit-base'``.
        device (str, optional): Defaults to a GPU where there is one, else the CPU.

    Raises:
        ImportError: If transformers is not installed.
        ValueError: If there is no such model, or no such device.

    Examples:
        >>> sam = SamPrompter('facebook/sam-vit-base')
        >>> model.add_class('mug', ['mug.jpg'], [Box(10, 20, 200, 180)], prompter=sam)
    """

    def __init__(self, weights: str | Path, device: str | None = None) -> None:
        self.device = usable_device(device)
        self.processor, self.model = load_sam(str(weights))
        self.model.to(self.device)

    def __call__(self, picture: Picture, prompt: Prompt) -> np.ndarray:
        """The mask of a prompt.

        Args:
            picture (Picture): The photograph.
            prompt (Prompt): Inside of it.

        Returns:
            np.ndarray: (H, W), bool.
        """
        if isinstance(prompt, Polygon):
            return draw_polygon(prompt, picture.size)
        image = Image.fromarray(np.ascontiguousarray(picture.pixels[..., ::-1]))
        asked = _asked(picture, prompt)
        inputs = self.processor(image, **asked, return_tensors='pt')
        names = ('original_sizes', 'reshaped_input_sizes')  # SAM 2 has the first alone
        sizes = {name: inputs.pop(name) for name in names if name in inputs}
        inputs = {
            name: (x.float() if x.is_floating_point() else x).to(self.device)
            for name, x in inputs.items()
        }
        with torch.inference_mode():
            found = self.model(**inputs)
        (masks,) = self.processor.post_process_masks(found.pred_masks.cpu(), **sizes)
        return masks[0, int(found.iou_scores[0, 0].argmax())].numpy()


def _asked(picture: Picture, prompt: Prompt) -> dict:
    """Arguments of SAM's processor: of one image and one object."""
    if isinstance(prompt, Box):
        return dict(input_boxes=[[[prompt.x0, prompt.y0, prompt.x1, prompt.y1]]])
    if isinstance(prompt, Points):
        on, beside = prompt.positive, prompt.negative
    else:
        strokes = strokes_of(picture, prompt)
        on, beside = (_some_of(strokes == value) for value in (OBJECT, OTHER))
    points = [list(point) for point in (*on, *beside)]
    labels = [1] * len(on) + [0] * len(beside)
    return dict(input_points=[[points]], input_labels=[[labels]])


def _some_of(stroke: np.ndarray) -> list[tuple[float, float]]:
    """Points of a stroke, at even distances in the order of its pixels."""
    rows, columns = np.nonzero(stroke)
    number = min(_FROM_STROKES, len(rows))
    chosen = np.linspace(0, len(rows) - 1, number).round().astype(int)
    return [(columns[i] + 0.5, rows[i] + 0.5) for i in chosen]
