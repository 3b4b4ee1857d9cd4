import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fss_mm.episodes.candidates import EpisodeCandidates, select_candidates
from fss_mm.episodes.draws import (
    class_balanced,
    class_uniform,
    every_pair,
    image_order,
)
from fss_mm.index.class_index import ClassIndex
from fss_mm.structures import Episode
from fss_mm.utils.random_words import Stream, below, random_words, sample_distinct

DRAWS = (class_balanced, class_uniform, every_pair, image_order)
IMAGES = {2: np.arange(0, 12, 2), 5: np.arange(1, 8), 7: np.array([3, 4, 5])}
CANDIDATES = EpisodeCandidates(IMAGES, {2: 'ant', 5: 'bee', 7: 'cat'})


@pytest.mark.parametrize('draw', DRAWS)
@given(seed=st.integers(0, 2**64 - 1), number=st.integers(0, 10**9))
def test_an_episode_is_a_value(draw, seed, number):
    episode = draw(CANDIDATES, 2, seed, number)
    assert episode == draw(CANDIDATES, 2, seed, number)
    assert (episode.seed, episode.number, episode.num_shots) == (seed, number, 2)
    images = {episode.query, *episode.supports}
    assert len(images) == 3, 'supports differ from the query and from each other'
    assert images <= set(IMAGES[episode.class_id].tolist())


def test_known_episodes():
    """These must never change: published results stand on them."""
    assert class_balanced(CANDIDATES, 2, 0, 0) == Episode(2, 0, (4, 2), 0, 0)
    assert class_uniform(CANDIDATES, 1, 1, 5) == Episode(7, 5, (3,), 1, 5)
    assert every_pair(CANDIDATES, 1, 2, 3) == Episode(5, 6, (5,), 2, 3)
    far = class_balanced(CANDIDATES, 5, 123456789, 10**6)
    assert (far.query, far.supports) == (2, (5, 7, 4, 1, 3))


def test_balanced_draw_takes_classes_in_turn():
    classes = [class_balanced(CANDIDATES, 1, 3, i).class_id for i in range(6)]
    assert classes == [2, 5, 7, 2, 5, 7]


def test_every_pair_is_a_query_once_an_epoch():
    pairs = [(e.class_id, e.query) for e in _list(every_pair, 16)]
    assert sorted(pairs) == sorted(CANDIDATES.pairs)
    second = [every_pair(CANDIDATES, 1, 0, i) for i in range(16, 32)]
    assert sorted((e.class_id, e.query) for e in second) == sorted(CANDIDATES.pairs)
    assert [(e.class_id, e.query) for e in second] != pairs


@pytest.mark.parametrize('draw', DRAWS)
def test_supports_are_uniform(draw):
    """Given the query, each other image of the class is as likely: chi-square."""
    episodes = [e for e in _list(draw, 12000) if e.class_id == 7 and e.query == 4]
    counts = np.array([sum(e.supports == (i,) for e in episodes) for i in (3, 5)])
    expected = len(episodes) / 2
    assert len(episodes) > 300
    assert np.sum((counts - expected) ** 2 / expected) < 15  # p < 1e-4 beyond


def _list(draw, count):
    return [draw(CANDIDATES, 1, 0, i) for i in range(count)]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=9), st.integers(9, 20))
def test_sample_distinct(words, limit):
    chosen = sample_distinct(words, limit)
    assert len(set(chosen)) == len(words)
    assert all(0 <= c < limit for c in chosen)


def test_sample_distinct_by_hand():
    # the word 2**63 takes the middle: of 0 1 2 3 the 2; then of 0 1 3 (3 took its
    # place) the second of the rest
    assert sample_distinct([2**63, 0], 4) == [2, 1]
    assert sample_distinct([0, 0, 0], 3) == [0, 1, 2]
    with pytest.raises(ValueError, match='cannot draw 4 distinct numbers below 3'):
        sample_distinct([0] * 4, 3)


def test_below_covers_its_range():
    assert [below(w, 4) for w in (0, 2**62, 2**63, 2**64 - 1)] == [0, 1, 2, 3]


def test_random_words_are_numpys_stable_stream():
    assert random_words(7, 9, 2) == random_words(7, 9, 3)[:2]
    assert random_words(7, 9, 1) != random_words(7, 9, 1, Stream.EPOCH_ORDER)
    key = np.array([7, 9], dtype=np.uint64)
    assert random_words(7, 9, 4) == np.random.Philox(key=key).random_raw(4).tolist()


def test_candidates_by_size_and_by_what_is_held_out():
    index = ClassIndex.from_counts(
        {'a': {1: 9}, 'b': {1: 2, 3: 1}, 'c': {1: 5, 2: 4}, 'd': {2: 8}}
    )
    names = {1: 'one', 2: 'two'}
    images = select_candidates(index, names).images
    assert {c: i.tolist() for c, i in images.items()} == {1: [0, 1, 2], 2: [2, 3]}
    assert select_candidates(index, names, 5).images[1].tolist() == [0, 2]
    kept = select_candidates(index, {1: 'one'}, 1, drop_classes=(3,)).images[1]
    assert kept.tolist() == [0, 2], 'a single pixel of a held-out class is enough'


def test_poor_classes_are_named():
    CANDIDATES.require(2)
    with pytest.raises(ValueError, match="at least 4 .*'cat' \\(id 7\\) has 3"):
        CANDIDATES.require(3)
    with pytest.raises(ValueError, match='no class to draw'):
        EpisodeCandidates({}, {}).require(1)


def test_image_order_asks_for_all_that_an_image_shows():
    """PFENet: a class on too few pixels is no support, but may be asked of a query."""
    index = ClassIndex.from_counts(
        {'a': {1: 9, 2: 1}, 'b': {1: 9}, 'c': {2: 9}, 'd': {2: 9}, 'e': {2: 1}}
    )
    candidates = select_candidates(index, {1: 'one', 2: 'two'}, min_pixels=5)
    assert candidates.classes_of_images == (
        (0, (1, 2)),
        (1, (1,)),
        (2, (2,)),
        (3, (2,)),
    )
    episodes = [image_order(candidates, 1, 0, n) for n in range(400)]
    assert [e.query for e in episodes[:5]] == [0, 1, 2, 3, 0]
    of_first = [e for e in episodes if e.query == 0]
    asked = [e.class_id for e in of_first]
    assert 30 < asked.count(2) < 70
    assert {e.supports for e in of_first if e.class_id == 2} == {(2,), (3,)}
    assert {e.supports for e in of_first if e.class_id == 1} == {(1,)}
