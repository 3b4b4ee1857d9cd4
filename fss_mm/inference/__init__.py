"""Learn classes from a few photographs, and find them in others."""

from .inferencer import FewShotInferencer
from .opening import load_segmentor
from .results import SegmentedImage

__all__ = ['FewShotInferencer', 'SegmentedImage', 'load_segmentor']
