"""The episodes of several tests, each task once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from mmengine.dist import get_dist_info
from torch.utils.data import Sampler

from ..registry import DATA_SAMPLERS
from ..structures import SharedEpisode
from .samplers import EpisodeSource


class JointSource(Protocol):
    """What the sampler asks of the data sets of several tests."""

    datasets: Mapping[str, EpisodeSource]


@DATA_SAMPLERS.register_module()
class JointEpisodeSampler(Sampler):
    """Draw the lists of several tests and yield their union.

    Two episodes are the same task if class, query and supports, in order, are the same
    images.

    Args:
        dataset (JointSource): Has a data set for each test.
        samplers (dict[str, dict]): Name of the test to its sampler's config.
        seed (int, optional): The Runner's training seed: taken and not used.
    """

    def __init__(
        self,
        dataset: JointSource,
        samplers: dict[str, dict],
        seed: int | None = None,
    ) -> None:
        self.samplers = {
            name: DATA_SAMPLERS.build(
                sampler, default_args=dict(dataset=dataset.datasets[name])
            )
            for name, sampler in samplers.items()
        }
        rank, world_size = get_dist_info()
        self.episodes = tuple(self._union(dataset))
        self.own = self.episodes[rank::world_size]

    def _union(self, dataset: JointSource) -> Iterator[SharedEpisode]:
        tasks: dict[tuple, list] = {}
        for name, sampler in self.samplers.items():
            part = dataset.datasets[name]
            for episode in sampler.all_episodes():
                images = (episode.query, *episode.supports)
                key = (episode.class_id, *(part.image_key(i) for i in images))
                place = (name, episode.seed, episode.number)
                tasks.setdefault(key, [name, episode]).append(place)
        for name, episode, *places in tasks.values():
            yield SharedEpisode(name, episode, tuple(places))

    def all_episodes(self) -> Iterator[SharedEpisode]:
        """Yield the union, of all processes."""
        return iter(self.episodes)

    def __iter__(self) -> Iterator[SharedEpisode]:
        """Yield this process's slice of the union."""
        return iter(self.own)

    def __len__(self) -> int:
        """Number of tasks of this process."""
        return len(self.own)
