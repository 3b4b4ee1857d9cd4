"""Prompts drawn on their photographs.

Shape letters: H W size of a photograph.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..pictures import Picture
from .drawing import OBJECT, OTHER, pixel_of
from .kinds import Box, Line, Points, Polygon, Prompt
from .strokes import strokes_of

ON, BESIDE = (0, 255, 0), (255, 0, 0)
"""Colours, RGB, of what marks the object and of what marks the rest."""
_OF_SIDE = 160  # of a picture's shorter side a line is so thick a part


def draw_prompt(drawn: np.ndarray, picture: Picture, prompt: Prompt) -> np.ndarray:
    """Draw a prompt.

    Args:
        drawn (np.ndarray): (H, W, 3), uint8, RGB: what to draw on.
        picture (Picture): The photograph.
        prompt (Prompt): Of this photograph.

    Returns:
        np.ndarray: Of the same shape, a new array.
    """
    drawn = drawn.copy()
    thick = max(1, round(min(picture.size) / _OF_SIDE))
    if isinstance(prompt, Box):
        corners = [(prompt.x0, prompt.y0), (prompt.x1 - 1, prompt.y1 - 1)]
        cv2.rectangle(drawn, *_pixels(corners).tolist(), ON, thick)
    elif isinstance(prompt, Points):
        for points, color in ((prompt.positive, ON), (prompt.negative, BESIDE)):
            for center in _pixels(points).tolist():
                cv2.circle(drawn, center, 3 * thick, color, cv2.FILLED)
                cv2.circle(drawn, center, 3 * thick, (0, 0, 0), 1)
    elif isinstance(prompt, Polygon):
        rings = [_pixels(ring) for ring in prompt.rings]
        cv2.polylines(drawn, rings, True, ON, thick)
    else:
        strokes = strokes_of(picture, prompt)
        drawn[strokes == OBJECT], drawn[strokes == OTHER] = ON, BESIDE
    return drawn


def _pixels(points: Line | Sequence) -> np.ndarray:
    return np.array([pixel_of(point) for point in points], dtype=np.int32)
