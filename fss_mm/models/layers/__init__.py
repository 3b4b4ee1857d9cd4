"""Pure functions and modules that heads are made of."""

from .aspp import CLASSIFIER_INIT, HE_INIT, ASPPDecoder, conv_relu
from .attentive_fusion import AttentiveFusion
from .calibration import best_bias
from .cell_clusters import cluster_cells, cluster_scores
from .cell_grid import CellGrid
from .cell_matching import (
    above_or_best,
    backward_votes,
    cells_of_label,
    unit_vectors,
)
from .center_pivot_conv4d import CenterPivotConv4d
from .condition import Condition
from .conv_lstm import ConvLSTM
from .correlation_squeeze import CorrelationSqueeze
from .cross_reference import CrossReference
from .feature_enrichment import FeatureEnrichment, classifier
from .graph_attention import GraphAttention
from .guided_segmentation import LevelChain
from .hypercorrelation import hypercorrelations, unit_cells
from .iterative_optimization import IterativeOptimization
from .levels import chosen_levels, joined_levels, unit_levels
from .linear_discriminant import label_moments, linear_discriminant
from .mask_refinement import GlobalConvolution, MaskRefinement
from .mask_size_pooling import mask_size_prototype, mask_size_weights
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
from .prior_mask import PriorMask, prior_mask
from .region_pooling import region_grid, region_means
from .residual_attention import ResidualAttention
from .score_layers import ScoreLayers, class_against_rest, label_means
from .shot_votes import average_probabilities, surest_of_foreground, vote
from .spherical_k_means import spherical_k_means
from .superpixels import superpixels
from .weight_hashing import WeightHashing

__all__ = [
    'CLASSIFIER_INIT',
    'HE_INIT',
    'ASPPDecoder',
    'AttentiveFusion',
    'CellGrid',
    'CenterPivotConv4d',
    'Condition',
    'ConvLSTM',
    'CorrelationSqueeze',
    'CrossReference',
    'FeatureEnrichment',
    'GlobalConvolution',
    'GraphAttention',
    'IterativeOptimization',
    'LevelChain',
    'MaskRefinement',
    'MultiPassDecoder',
    'PriorMask',
    'ResidualAttention',
    'ScoreLayers',
    'WeightHashing',
    'above_or_best',
    'at_least_single',
    'attention_maps',
    'average_probabilities',
    'backward_votes',
    'best_bias',
    'cells_of_label',
    'chosen_levels',
    'class_against_rest',
    'class_prototype',
    'classifier',
    'cluster_cells',
    'cluster_scores',
    'conv_relu',
    'cosine_map',
    'downsample_label',
    'hypercorrelations',
    'joined_levels',
    'label_means',
    'label_moments',
    'label_weights',
    'linear_discriminant',
    'mask_size_prototype',
    'mask_size_weights',
    'masked_average_pool',
    'prior_mask',
    'region_grid',
    'region_means',
    'spherical_k_means',
    'superpixels',
    'surest_of_foreground',
    'tiled',
    'unit_cells',
    'unit_levels',
    'unit_vectors',
    'vote',
    'without_autocast',
]
