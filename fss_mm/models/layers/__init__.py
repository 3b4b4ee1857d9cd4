"""Pure functions and modules that heads are made of."""

from .aspp import ASPPDecoder, conv_relu
from .attentive_fusion import AttentiveFusion
from .condition import Condition
from .cross_reference import CrossReference
from .iterative_optimisation import IterativeOptimisation
from .iterative_refinement import IterativeRefinement
from .mask_refinement import GlobalConvolution, MaskRefinement
from .masked_pooling import (
    attention_maps,
    class_prototype,
    cosine_map,
    downsample_label,
    masked_average_pool,
)

__all__ = [
    'ASPPDecoder',
    'AttentiveFusion',
    'Condition',
    'CrossReference',
    'GlobalConvolution',
    'IterativeOptimisation',
    'IterativeRefinement',
    'MaskRefinement',
    'attention_maps',
    'class_prototype',
    'conv_relu',
    'cosine_map',
    'downsample_label',
    'masked_average_pool',
]
