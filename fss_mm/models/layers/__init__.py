"""Pure functions and modules that heads are made of."""

from .aspp import ASPPDecoder, conv_relu
from .attentive_fusion import AttentiveFusion
from .iterative_optimisation import IterativeOptimisation
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
    'IterativeOptimisation',
    'attention_maps',
    'class_prototype',
    'conv_relu',
    'cosine_map',
    'downsample_label',
    'masked_average_pool',
]
