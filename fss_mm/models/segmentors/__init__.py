"""Segmentors: backbone, head and what is trained."""

from .dual_loss_segmentor import DualLossSegmentor
from .few_shot_segmentor import FewShotSegmentor

__all__ = ['DualLossSegmentor', 'FewShotSegmentor']
