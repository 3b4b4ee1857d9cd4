"""What sharpens a mask by its image, behind any head."""

from .guided_filter import GuidedFilterRefiner
from .mask_refiner import MaskRefiner, build_refiner, refined_logits
from .sam_refiner import SamRefiner

__all__ = [
    'GuidedFilterRefiner',
    'MaskRefiner',
    'SamRefiner',
    'build_refiner',
    'refined_logits',
]
