from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from fss_mm.episodes import (
    EpisodeCandidates,
    EpisodicSampler,
    FixedEpisodeSampler,
    samplers,
)

DATASET = SimpleNamespace(
    candidates=EpisodeCandidates(
        {1: np.arange(9), 2: np.arange(4, 11)}, {1: 'ant', 2: 'bee'}
    ),
    num_shots=2,
)


@pytest.fixture
def process(monkeypatch):
    """Pretend to be process ``rank`` of ``world``."""

    def pretend(rank, world):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda: (rank, world))

    return pretend


def interleave(parts):
    return [e for group in zip(*parts) for e in group]


@pytest.mark.parametrize('world', [1, 2, 3])
def test_training_list_does_not_depend_on_processes(process, world):
    process(0, 1)
    expected = list(islice(EpisodicSampler(DATASET, seed=5), 24))
    parts = []
    for rank in range(world):
        process(rank, world)
        parts.append(list(islice(EpisodicSampler(DATASET, seed=5), 24 // world)))
    assert interleave(parts) == expected


@pytest.mark.parametrize('world', [1, 2, 3])
def test_evaluation_list_is_sliced_without_padding(process, world):
    parts = []
    for rank in range(world):
        process(rank, world)
        sampler = FixedEpisodeSampler(DATASET, num_episodes=5, seeds=(3, 8))
        parts.append(list(sampler))
        assert len(sampler) == len(parts[-1])
    names = sorted((e.seed, e.number) for part in parts for e in part)
    assert names == [(s, i) for s in (3, 8) for i in range(5)]


def test_evaluation_ignores_the_runners_seed(process):
    a, b = (FixedEpisodeSampler(DATASET, 4, seed=s) for s in (1, 2))
    assert list(a) == list(b)


@pytest.mark.parametrize('draw', ['class_balanced', 'class_uniform', 'every_pair'])
def test_identical_inputs_support_the_query_with_itself(process, draw):
    """Of any draw; the queries stay what they are."""
    ordinary = FixedEpisodeSampler(DATASET, 6, draw=draw)
    same = FixedEpisodeSampler(DATASET, 6, draw=draw, identical_inputs=True)
    for a, b in zip(ordinary, same):
        assert (a.class_id, a.query, a.number) == (b.class_id, b.query, b.number)
        assert b.supports == (b.query, b.query) and a.query not in a.supports


def test_a_resumed_sampler_goes_on_where_it_stopped(process):
    process(1, 2)
    expected = list(islice(EpisodicSampler(DATASET, seed=5), 10))
    sampler = EpisodicSampler(DATASET, seed=5)
    sampler.skip(4)
    assert list(islice(sampler, 6)) == expected[4:]


def test_errors():
    with pytest.raises(ValueError, match="draw='any' is not one of .*'every_pair'"):
        EpisodicSampler(DATASET, draw='any')
    poor = SimpleNamespace(candidates=DATASET.candidates, num_shots=7)
    with pytest.raises(ValueError, match="'bee' \\(id 2\\) has 7"):
        EpisodicSampler(poor, seed=0)
    with pytest.raises(ValueError, match='num_episodes=0'):
        FixedEpisodeSampler(DATASET, num_episodes=0)
    with pytest.raises(ValueError, match='distinct seeds'):
        FixedEpisodeSampler(DATASET, seeds=(1, 1))
