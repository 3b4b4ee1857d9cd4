"""Segmentors: backbone, head, what is trained, and how it is used at test."""

from .class_segmenter import largest_images
from .dual_loss_segmentor import DualLossSegmentor
from .few_shot_segmentor import FewShotSegmentor
from .image_encoder import ImageEncoder
from .supervised_segmentor import SupervisedSegmentor
from .support_views import SUPPORT_VIEWS, ImageView, LevelView

__all__ = [
    'SUPPORT_VIEWS',
    'DualLossSegmentor',
    'FewShotSegmentor',
    'ImageEncoder',
    'ImageView',
    'LevelView',
    'SupervisedSegmentor',
    'largest_images',
]
