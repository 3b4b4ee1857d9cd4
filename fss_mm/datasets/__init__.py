"""Data sets of episodes, the functions that draw them, samplers and transforms."""

from .class_index import ClassIndex, build_class_index
from .coco import FewShotCOCODataset
from .episode_draws import EpisodeCandidates, select_candidates
from .few_shot_dataset import FewShotSegDataset
from .pascal import FewShotPascalDataset
from .samplers import EpisodicSampler, FixedEpisodeSampler
from .shapes import FewShotShapesDataset
from .transforms import BinarizeMask, PackFewShotInputs

__all__ = [
    'BinarizeMask',
    'ClassIndex',
    'EpisodeCandidates',
    'EpisodicSampler',
    'FewShotCOCODataset',
    'FewShotPascalDataset',
    'FewShotSegDataset',
    'FewShotShapesDataset',
    'FixedEpisodeSampler',
    'PackFewShotInputs',
    'build_class_index',
    'select_candidates',
]
