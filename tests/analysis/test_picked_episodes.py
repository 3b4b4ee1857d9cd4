"""Best, median and worst."""

import numpy as np
import pytest

from fss_mm.analysis.picked_episodes import pick_episodes, sort_values


def episodes_of(picks, place):
    return [pick.episode for pick in picks if pick.place == place]


def test_best_median_worst_of_all():
    values = np.array([10.0, 90, 50, 70, 30, np.nan, 60])
    picks = pick_episodes(values, [''] * 7, 2)
    assert episodes_of(picks, 'best') == [1, 3]
    assert episodes_of(picks, 'median') == [6, 2], '90 70 [60 50] 30 10'
    assert episodes_of(picks, 'worst') == [0, 4], 'the very worst first'
    assert [p.rank for p in picks] == [1, 2, 3, 4, 6, 5]
    assert {p.size for p in picks} == {6}, 'what has no IoU is left out'
    middle = pick_episodes(values[:5], [''] * 5, 1)
    assert episodes_of(middle, 'median') == [2]


def test_per_class_and_ties():
    values = np.array([5.0, 5, 5, 1, 2, 3])
    picks = pick_episodes(values, ['bee'] * 3 + ['ant'] * 3, 1)
    assert [(p.group, p.place, p.episode) for p in picks] == [
        ('ant', 'best', 5),
        ('ant', 'median', 4),
        ('ant', 'worst', 3),
        ('bee', 'best', 0),
        ('bee', 'median', 1),
        ('bee', 'worst', 2),
    ]


def test_no_episode_is_shown_twice():
    with pytest.raises(ValueError, match='and there are 5 with an IoU'):
        pick_episodes(np.arange(5.0), [''] * 5, 2)
    with pytest.raises(ValueError, match='and there are 1 of bee'):
        pick_episodes(np.arange(4.0), ['ant'] * 3 + ['bee'], 1)


def test_what_is_sorted_by():
    ious = np.array([[80.0, 20], [50, 10], [30, 70]])
    assert sort_values(ious, 'first').tolist() == [80, 20]
    assert sort_values(ious, 'mean').tolist() == pytest.approx([160 / 3, 100 / 3])
    assert sort_values(ious, 'gap').tolist() == [40, -20]
    with pytest.raises(ValueError, match='--also'):
        sort_values(ious[:1], 'gap')
