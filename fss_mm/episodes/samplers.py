"""Samplers of episodes: they choose, the data set loads.

Both give every process its slice of one list of episodes, so that the list does not
depend on the number of processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from ..registry import DATA_SAMPLERS, EPISODE_DRAWS
from ..structures import Episode
from .candidates import EpisodeCandidates


class EpisodeSource(Protocol):
    """What a sampler asks of a data set; all of ours are one."""

    candidates: EpisodeCandidates
    num_shots: int

    def image_key(self, image: int) -> tuple:
        """What makes an image the same in two data sets."""

    def __len__(self) -> int: ...


def _episode_function(dataset: EpisodeSource, draw: str):
    """``f(seed, number) -> Episode`` over a data set's candidates."""
    function = EPISODE_DRAWS.get(draw)
    if function is None:
        names = sorted(EPISODE_DRAWS.module_dict)
        raise ValueError(f'draw={draw!r} is not one of {names}')
    dataset.candidates.require(dataset.num_shots)
    return partial(function, dataset.candidates, dataset.num_shots)


@DATA_SAMPLERS.register_module()
class EpisodicSampler(Sampler):
    """Episodes without end, for training.

    Process r of w yields the episodes r, r + w, r + 2w, ... of the list. So a step of w
    processes with batches of b sees the same episodes as one process with batches of
    w * b.

    Args:
        dataset (EpisodeSource): Has ``candidates`` and ``num_shots``.
        draw (str): Name of a draw function in EPISODE_DRAWS: 'class_uniform',
            'class_balanced', 'every_pair', 'image_order', 'hsnet', 'hsnet_coco', or one
            of your own. Defaults to 'class_uniform'.
        seed (int, optional): Seed of the list. Defaults to the Runner's, or a random
            one shared by all processes.
        with_supports (bool): False leaves the supports out: images alone, those that
            would be the queries, for a training that is not episodic. Defaults to True.

    Raises:
        ValueError: If a class has too few images.
    """

    def __init__(
        self,
        dataset: EpisodeSource,
        draw: str = 'class_uniform',
        seed: int | None = None,
        with_supports: bool = True,
    ) -> None:
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.dataset = dataset
        self.episode = _episode_function(dataset, draw)
        self.with_supports = with_supports
        self.start = 0

    def __iter__(self) -> Iterator[Episode]:
        """Yield this process's episodes, for ever."""
        number = self.rank + self.start * self.world_size
        while True:
            episode = self.episode(self.seed, number)
            yield episode if self.with_supports else replace(episode, supports=())
            number += self.world_size

    def __len__(self) -> int:
        """Number of (image, class) pairs: what loops and logs take for an epoch."""
        return len(self.dataset)

    def skip(self, num_samples: int) -> None:
        """Start behind ``num_samples`` episodes of this process (to resume).

        Newer MMEngine loops call it; older ones load and discard instead.
        """
        self.start += num_samples


@DATA_SAMPLERS.register_module()
class FixedEpisodeSampler(Sampler):
    """A fixed list of episodes, or several, for evaluation.

    Args:
        dataset (EpisodeSource): Has ``candidates`` and ``num_shots``.
        num_episodes (int): Length of each list. Defaults to 1000.
        seeds (Sequence[int]): One list for each seed. Defaults to (0,).
        draw (str): As in :class:`EpisodicSampler`. Defaults to 'class_balanced'.
        identical_inputs (bool): Replace the supports by the query, as in SimPropNet's
            Tables 2 and 5: how well does a method pass on what it was shown? The
            queries stay those of ``draw``. Defaults to False.
        seed (int, optional): The Runner's training seed: taken and not used, because
            what is evaluated does not depend on it.

    Raises:
        ValueError: If a class has too few images, or there is nothing to draw.
    """

    def __init__(
        self,
        dataset: EpisodeSource,
        num_episodes: int = 1000,
        seeds: Sequence[int] = (0,),
        draw: str = 'class_balanced',
        identical_inputs: bool = False,
        seed: int | None = None,
    ) -> None:
        if num_episodes < 1 or not seeds or len(set(seeds)) < len(seeds):
            raise ValueError(
                'expected num_episodes >= 1 and distinct seeds, got '
                f'num_episodes={num_episodes} and seeds={tuple(seeds)}'
            )
        rank, world_size = get_dist_info()
        self.seeds, self.num_episodes = tuple(seeds), num_episodes
        self.identical_inputs = identical_inputs
        self.draw = draw
        self.all_places = range(len(self.seeds) * num_episodes)
        self.places = self.all_places[rank::world_size]
        self.episode = _episode_function(dataset, draw)

    def __iter__(self) -> Iterator[Episode]:
        """Yield this process's slice of all lists, one list behind another."""
        return map(self._at, self.places)

    def all_episodes(self) -> Iterator[Episode]:
        """Yield the episodes of all processes."""
        return map(self._at, self.all_places)

    def _at(self, place: int) -> Episode:
        which, number = divmod(place, self.num_episodes)
        episode = self.episode(self.seeds[which], number)
        if self.identical_inputs:
            supports = (episode.query,) * episode.num_shots
            episode = replace(episode, supports=supports)
        return episode

    def __len__(self) -> int:
        """Number of episodes of this process."""
        return len(self.places)
