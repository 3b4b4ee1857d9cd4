"""Data sets of episodes, and the transforms of an image."""

from .coco import FewShotCOCODataset
from .few_shot_dataset import FewShotSegDataset
from .folder import FewShotFolderDataset
from .fss1000 import FSS1000Dataset
from .joint_dataset import JointTestDataset
from .packing import episode_sample, pack_episode, support_mask, support_masks
from .pascal import FewShotPascalDataset
from .shapes import FewShotShapesDataset
from .transforms import ClassAwareRandomCrop, LoadFewShotImage, LoadFewShotMask

__all__ = [
    'ClassAwareRandomCrop',
    'FSS1000Dataset',
    'FewShotCOCODataset',
    'FewShotFolderDataset',
    'FewShotPascalDataset',
    'FewShotSegDataset',
    'FewShotShapesDataset',
    'JointTestDataset',
    'LoadFewShotImage',
    'LoadFewShotMask',
    'episode_sample',
    'pack_episode',
    'support_mask',
    'support_masks',
]
