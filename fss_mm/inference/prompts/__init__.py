"""Boxes, points, scribbles and polygons in the place of masks."""

from .kinds import (
    PROMPTS,
    Box,
    Points,
    Polygon,
    Prompt,
    ScribbleImage,
    Scribbles,
)
from .masks import Prompter, mask_of
from .own_prompter import OwnPrompter
from .sam_prompts import SamPrompter
from .text import read_prompt

__all__ = [
    'PROMPTS',
    'Box',
    'OwnPrompter',
    'Points',
    'Polygon',
    'Prompt',
    'Prompter',
    'SamPrompter',
    'ScribbleImage',
    'Scribbles',
    'mask_of',
    'read_prompt',
]
