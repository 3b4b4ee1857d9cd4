"""Scores and reports."""

from .few_shot_iou_metric import FewShotIoUMetric
from .functional import class_ious, episode_counts, foreground_background_iou

__all__ = [
    'FewShotIoUMetric',
    'class_ious',
    'episode_counts',
    'foreground_background_iou',
]
