"""Pure functions and modules that heads are made of."""

from .aspp import CLASSIFIER_INIT, HE_INIT, ASPPDecoder, conv_relu
from .attentive_fusion import AttentiveFusion
from .calibration import best_bias
from .cell_clusters import cluster_cells, cluster_scores
from .cell_matching import (
    above_or_best,
    backward_votes,
    cells_of_label,
    unit_vectors,
)
from .center_pivot_conv4d import CenterPivotConv4d
from .condition import Condition
from .correlation_squeeze import CorrelationSqueeze
from .cross_reference import CrossReference
from .hypercorrelation import hypercorrelations, unit_cells
from .iterative_optimization import IterativeOptimization
from .linear_discriminant import label_moments, linear_discriminant
from .mask_refinement import GlobalConvolution, MaskRefinement
from .masked_pooling import (
    attention_maps,
    class_prototype,
    cosine_map,
    downsample_label,
    label_weights,
    masked_average_pool,
    tiled,
)
from .multi_pass_decoder import MultiPassDecoder
from .precision import at_least_single, without_autocast
from .shot_votes import average_probabilities, vote
from .spherical_k_means import spherical_k_means
from .superpixels import superpixels

__all__ = [
    'CLASSIFIER_INIT',
    'HE_INIT',
    'ASPPDecoder',
    'AttentiveFusion',
    'CenterPivotConv4d',
    'Condition',
    'CorrelationSqueeze',
    'CrossReference',
    'GlobalConvolution',
    'IterativeOptimization',
    'MultiPassDecoder',
    'MaskRefinement',
    'above_or_best',
    'at_least_single',
    'attention_maps',
    'average_probabilities',
    'backward_votes',
    'best_bias',
    'cells_of_label',
    'class_prototype',
    'cluster_cells',
    'cluster_scores',
    'conv_relu',
    'cosine_map',
    'downsample_label',
    'hypercorrelations',
    'label_moments',
    'label_weights',
    'linear_discriminant',
    'masked_average_pool',
    'spherical_k_means',
    'superpixels',
    'tiled',
    'unit_cells',
    'unit_vectors',
    'vote',
    'without_autocast',
]
