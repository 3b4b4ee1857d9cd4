"""Two reports side by side, with the interval of their difference.

Both models were scored on the same episodes, and what makes an episode hard makes it
hard for both. So the difference is far better known than either score: the bootstrap
draws episodes, and takes both models' counts of each. What is drawn and what is held
fixed is as in :mod:`.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .bootstrap import (
    LEVEL,
    NUM_RESAMPLES,
    EpisodeCounts,
    measured_scores,
    percentile_interval,
    resampled_scores,
)
from .comparability import (
    check_report,
    obstacles,
    only_episodes_differ,
    protocol_of,
    remarks,
)
from .scores import sort_records, value_names


def compare_reports(
    a: Mapping,
    b: Mapping,
    names: tuple[str, str] = ('A', 'B'),
    num_resamples: int = NUM_RESAMPLES,
) -> dict:
    """Whether two reports can be compared, why not, and how they differ.

    Args:
        a (Mapping): A report, as read from its JSON file.
        b (Mapping): The other one.
        names (tuple[str, str]): Of both, for messages. Defaults to ('A', 'B').
        num_resamples (int): Of the bootstrap. Defaults to 2000.

    Returns:
        dict: ``comparable``; ``unpaired``, whether only the episodes forbid it;
        ``obstacles`` and ``remarks``, name to both values; ``protocols``, both names
        with deviations; ``means``, both reports' scores; ``scores``, name to ``a``,
        ``b``, ``difference`` (B - A), ``lower``, ``upper``, empty where they are not
        comparable; ``level``, ``num_resamples``.

    Raises:
        ValueError: If one is no report, or one of a former version.
    """
    for report, name in zip((a, b), names):
        check_report(report, name)
    found = obstacles(a, b)
    return dict(
        comparable=not found,
        unpaired=only_episodes_differ(found),
        obstacles=found,
        remarks=remarks(a, b),
        protocols=(protocol_of(a), protocol_of(b)),
        means=(a['mean'], b['mean']),
        scores={} if found else paired_differences(a, b, num_resamples),
        level=LEVEL,
        num_resamples=num_resamples,
    )


def paired_differences(
    a: Mapping, b: Mapping, num_resamples: int = NUM_RESAMPLES
) -> dict[str, dict[str, float]]:
    """Each score of two reports of the same episodes, and B - A with its interval."""
    episodes = sort_records(a['episodes'], b['episodes'])
    names = value_names(episodes.class_ids, a['data']['classes'])
    measured = measured_scores(episodes)
    columns = dict(
        a=measured[0],
        b=measured[1],
        difference=measured[1] - measured[0],
        **dict(zip(('lower', 'upper'), difference_interval(episodes, num_resamples))),
    )
    return {
        name: {key: float(values[i]) for key, values in columns.items()}
        for i, name in enumerate(names)
    }


def difference_interval(
    episodes: EpisodeCounts, num_resamples: int = NUM_RESAMPLES
) -> np.ndarray:
    """Bounds (2, V) of the second model's scores less the first's."""
    drawn, measured = (
        resampled_scores(episodes, num_resamples),
        measured_scores(episodes),
    )
    return percentile_interval(drawn[:, 1] - drawn[:, 0], measured[1] - measured[0])


def excludes_zero(score: Mapping[str, float]) -> bool:
    """Whether the interval of a difference lies on one side of 0."""
    return score['lower'] > 0 or score['upper'] < 0
