"""What sharpens a mask by its image, behind any head."""

from .guided_filter import GuidedFilterRefiner
from .mask_refiner import (
    NAMED,
    MaskRefiner,
    build_refiner,
    refined_logits,
    refiner_config,
)
from .sam_refiner import SamRefiner, load_sam

__all__ = [
    'NAMED',
    'GuidedFilterRefiner',
    'MaskRefiner',
    'SamRefiner',
    'build_refiner',
    'load_sam',
    'refined_logits',
    'refiner_config',
]
