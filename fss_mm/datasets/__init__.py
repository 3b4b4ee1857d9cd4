"""Data sets of episodes, the functions that draw them, samplers and transforms."""

from . import episode_draws, hsnet_draws
from .class_index import ClassIndex, build_class_index
from .coco import FewShotCOCODataset
from .episode_candidates import EpisodeCandidates, select_candidates
from .few_shot_dataset import FewShotSegDataset
from .folder import FewShotFolderDataset
from .fss1000 import FSS1000Dataset
from .joint_dataset import JointTestDataset
from .pascal import FewShotPascalDataset
from .samplers import EpisodicSampler, FixedEpisodeSampler, JointEpisodeSampler
from .shapes import FewShotShapesDataset
from .transforms import BinarizeMask, LoadFewShotMask, PackFewShotInputs

__all__ = [
    'BinarizeMask',
    'ClassIndex',
    'EpisodeCandidates',
    'EpisodicSampler',
    'FSS1000Dataset',
    'FewShotCOCODataset',
    'FewShotFolderDataset',
    'FewShotPascalDataset',
    'FewShotSegDataset',
    'FewShotShapesDataset',
    'FixedEpisodeSampler',
    'JointEpisodeSampler',
    'JointTestDataset',
    'LoadFewShotMask',
    'PackFewShotInputs',
    'build_class_index',
    'episode_draws',
    'hsnet_draws',
    'select_candidates',
]
