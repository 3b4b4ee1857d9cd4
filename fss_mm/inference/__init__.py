"""Learn classes from a few photographs, and find them in others."""

from .inferencer import FewShotInferencer
from .opening import load_segmentor
from .prompts import Box, Points, Polygon, SamPrompter, ScribbleImage, Scribbles
from .results import SegmentedImage

__all__ = [
    'Box',
    'FewShotInferencer',
    'Points',
    'Polygon',
    'SamPrompter',
    'ScribbleImage',
    'Scribbles',
    'SegmentedImage',
    'load_segmentor',
]
