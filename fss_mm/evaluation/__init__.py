"""Scores and reports."""

from .few_shot_iou_metric import FewShotIoUMetric
from .functional import class_ious, episode_counts, foreground_background_iou
from .joint_test_metric import JointTestMetric

__all__ = [
    'FewShotIoUMetric',
    'JointTestMetric',
    'class_ious',
    'episode_counts',
    'foreground_background_iou',
]
