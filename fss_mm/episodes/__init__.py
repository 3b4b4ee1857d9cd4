"""Which task comes when: candidates, the functions that draw of them, samplers."""

from . import draws, hsnet_draws
from .candidates import EpisodeCandidates, listed_candidates, select_candidates
from .joint_sampler import JointEpisodeSampler
from .samplers import EpisodicSampler, FixedEpisodeSampler

__all__ = [
    'EpisodeCandidates',
    'EpisodicSampler',
    'FixedEpisodeSampler',
    'JointEpisodeSampler',
    'draws',
    'hsnet_draws',
    'listed_candidates',
    'select_candidates',
]
