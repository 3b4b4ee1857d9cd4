"""Values that travel between the parts: episodes, images, features, classes."""

from .class_representation import ClassRepresentation
from .episode import Episode
from .episode_labels import EpisodeLabels
from .features import PLAIN, Levels, QueryFeatures, SupportFeatures
from .few_shot_data_sample import FewShotSegDataSample
from .head_output import FewShotHeadOutput
from .loaded_image import QUERY, SUPPORT, ImageRole, LoadedImage
from .shared_episode import SharedEpisode
from .tensor_record import TensorRecord, cat_records, stack_records

__all__ = [
    'PLAIN',
    'QUERY',
    'SUPPORT',
    'ClassRepresentation',
    'Episode',
    'EpisodeLabels',
    'FewShotHeadOutput',
    'FewShotSegDataSample',
    'ImageRole',
    'Levels',
    'LoadedImage',
    'QueryFeatures',
    'SharedEpisode',
    'SupportFeatures',
    'TensorRecord',
    'cat_records',
    'stack_records',
]
