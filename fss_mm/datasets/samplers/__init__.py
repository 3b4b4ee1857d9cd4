"""Samplers of episodes."""

from .episodic_sampler import EpisodicSampler, FixedEpisodeSampler

__all__ = ['EpisodicSampler', 'FixedEpisodeSampler']
