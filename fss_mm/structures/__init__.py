"""Values that travel between the parts: episodes, data samples, features."""

from .episode import Episode
from .episode_features import EpisodeFeatures, FewShotHeadOutput
from .few_shot_data_sample import FewShotSegDataSample
from .shared_episode import SharedEpisode

__all__ = [
    'Episode',
    'EpisodeFeatures',
    'FewShotHeadOutput',
    'FewShotSegDataSample',
    'SharedEpisode',
]
