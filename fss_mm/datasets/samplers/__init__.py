"""Samplers of episodes."""

from .episodic_sampler import EpisodicSampler, FixedEpisodeSampler
from .joint_sampler import JointEpisodeSampler

__all__ = ['EpisodicSampler', 'FixedEpisodeSampler', 'JointEpisodeSampler']
