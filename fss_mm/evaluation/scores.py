"""Scores of lists of episodes, their mean over seeds and its interval.

A record is one episode's dict: ``seed``, ``number``, ``class_id``, ``query`` (name),
``supports`` (names), ``resolution``, ``diverged`` (fell back from fine-tuning),
``counts`` (see :mod:`.functional`), and what :mod:`.empty_masks` counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .bootstrap import (
    LEVEL,
    NUM_RESAMPLES,
    EpisodeCounts,
    measured_scores,
    percentile_interval,
    resampled_scores,
    sort_episodes,
)
from .functional import class_ious, foreground_background_iou


def score(records: Sequence[dict], classes: Sequence[str]) -> dict[str, float]:
    """mIoU, FBIoU and ``IoU_<class>`` of one list of episodes, in percent."""
    class_ids = np.array([r['class_id'] for r in records])
    counts = np.array([r['counts'] for r in records], dtype=np.int64)
    ious = class_ious(class_ids, counts)
    return dict(
        mIoU=float(np.mean(list(ious.values()))),
        FBIoU=foreground_background_iou(counts),
        **{f'IoU_{classes[c - 1]}': iou for c, iou in ious.items()},
    )


def score_by_seed(
    records: Sequence[dict], classes: Sequence[str]
) -> dict[int, dict[str, float]]:
    """:func:`score` of each seed's list of episodes."""
    seeds = sorted({r['seed'] for r in records})
    return {s: score([r for r in records if r['seed'] == s], classes) for s in seeds}


def mean_over_seeds(scores: dict[int, dict[str, float]]) -> dict[str, float]:
    """Mean of each score over the seeds, and ``mIoU_std`` where there are several.

    The spread is the sample standard deviation.
    """
    names = {name: None for by_name in scores.values() for name in by_name}
    mean = {
        n: float(np.mean([by_name[n] for by_name in scores.values() if n in by_name]))
        for n in names
    }
    if len(scores) > 1:
        values = [by_name['mIoU'] for by_name in scores.values()]
        mean['mIoU_std'] = float(np.std(values, ddof=1))
    return mean


def sort_records(*models: Sequence[dict]) -> EpisodeCounts:
    """Records of models that were scored on the same episodes, for the bootstrap.

    Args:
        *models (Sequence[dict]): One list of records for each model, in one order.
    """
    counts = [np.array([r['counts'] for r in records], np.int64) for records in models]
    seeds, class_ids = (
        np.array([r[key] for r in models[0]]) for key in ('seed', 'class_id')
    )
    return sort_episodes(seeds, class_ids, np.concatenate(counts, 1))


def value_names(class_ids: Sequence[int], classes: Sequence[str]) -> list[str]:
    """Names of the bootstrap's values: mIoU, FBIoU and each class's IoU."""
    return ['mIoU', 'FBIoU', *(f'IoU_{classes[c - 1]}' for c in class_ids)]


def interval_over_episodes(
    records: Sequence[dict],
    classes: Sequence[str],
    num_resamples: int = NUM_RESAMPLES,
) -> dict:
    """The interval of each score; :mod:`.bootstrap` says what it covers.

    Returns:
        dict: ``level``, ``num_resamples``, ``half_width`` (of mIoU), and ``lower`` and
        ``upper`` with a bound for each score, in percent.
    """
    episodes = sort_records(records)
    names = value_names(episodes.class_ids, classes)
    lower, upper = percentile_interval(
        resampled_scores(episodes, num_resamples)[:, 0], measured_scores(episodes)[0]
    )
    return dict(
        level=LEVEL,
        num_resamples=num_resamples,
        half_width=float(upper[0] - lower[0]) / 2,
        lower=dict(zip(names, lower.tolist())),
        upper=dict(zip(names, upper.tolist())),
    )


def held_out_classes(report: Mapping) -> list[str]:
    """Names of the classes that a report's episodes are drawn of, in order of ids."""
    data = report['data']
    return [data['classes'][c - 1] for c in data.get('episode_classes', ())]
