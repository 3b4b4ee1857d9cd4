"""What an episode's IoU goes with: size, share of the image, likeness to the support.

Made of the records of a test, which a report has as well; only the similarity of
support and query needs the images.

Shape letters: E episodes, B bins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..evaluation.markdown import markdown_table
from .episode_columns import TITLES, Episodes
from .iou_against_picture import draw_iou_against
from .rank_correlation import correlation_within_classes, rank_correlations
from .result import AnalysisResult
from .value_bins import Bin, binned_scores, quantile_edges

NAME = 'iou_against'


def describe_iou_against(
    episodes: Episodes,
    classes: Sequence[str],
    facts: Mapping[str, Mapping],
    num_bins: int = 5,
    edges: Mapping[str, np.ndarray] | None = None,
) -> AnalysisResult:
    """Tables, numbers and picture.

    Args:
        episodes (Episodes): Of one model.
        classes (Sequence[str]): Names of the class ids 1, 2, ...
        facts (Mapping[str, Mapping]): What it was measured on.
        num_bins (int): With about as many episodes each. Defaults to 5.
        edges (Mapping[str, np.ndarray], optional): Edges of the bins of some values.
            Defaults to None.

    Raises:
        ValueError: If edges leave no episode of a value in any bin.
    """
    bins = {
        name: binned_scores(
            values,
            episodes.class_ids,
            episodes.queries,
            episodes.counts,
            _edges(name, values, num_bins, edges or {}),
        )
        for name, values in episodes.values.items()
    }
    correlations = {n: _correlation(episodes, v) for n, v in episodes.values.items()}
    sections = [_correlation_table(correlations), _MEANING]
    for name, own in bins.items():
        sections += [f'## By {TITLES[name]}', _bin_table(name, own), *_remarks(own)]
    if episodes.left_out:
        sections.append(
            f'{episodes.left_out} episodes with neither truth nor prediction are left '
            'out.'
        )
    numbers = dict(
        bins={n: [_bin_json(b) for b in own] for n, own in bins.items()},
        correlations=correlations,
        left_out=episodes.left_out,
        episodes=_rows(episodes, classes),
    )
    return AnalysisResult(
        NAME,
        'IoU against size, share and similarity',
        sections,
        numbers,
        facts,
        draw_iou_against(episodes, classes, bins, correlations),
    )


_MEANING = (
    "Rank correlation (Spearman) of an episode's IoU with each value. Within classes: "
    'of the episodes of one class, the mean over classes, with a 95 % interval over '
    'episodes; what tells classes apart has no part in it. It says what goes with '
    'what, and not why. In the bins below, mIoU is made as in a report (counts '
    'summed by class, mean over the classes that the bin has), with lists of several '
    "seeds taken as one; mean IoU is that of the episodes' own. Intervals hold the "
    'images fixed: of a bin with few different queries they say little.'
)


def _edges(
    name: str, values: np.ndarray, num_bins: int, given: Mapping[str, np.ndarray]
) -> np.ndarray:
    if name not in given:
        return quantile_edges(values, num_bins)
    edges = given[name]
    if values.max() < edges[0] or values.min() > edges[-1]:
        raise ValueError(
            f'{name}: no episode lies between {edges[0]:g} and {edges[-1]:g}; they are '
            f'between {values.min():.4g} and {values.max():.4g}'
        )
    return edges


def _correlation(episodes: Episodes, values: np.ndarray) -> dict[str, float]:
    ious = episodes.ious
    mean, lower, upper = correlation_within_classes(episodes.class_ids, values, ious)
    all_episodes = float(rank_correlations(values, ious)[0])
    return dict(within=mean, lower=lower, upper=upper, all_episodes=all_episodes)


def _correlation_table(correlations: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        [
            TITLES[name],
            '-'
            if np.isnan(own['within'])
            else f'{own["within"]:+.2f} ({own["lower"]:+.2f} to {own["upper"]:+.2f})',
            '-' if np.isnan(own['all_episodes']) else f'{own["all_episodes"]:+.2f}',
        ]
        for name, own in correlations.items()
    ]
    return markdown_table(['IoU against', 'within classes', 'all episodes'], rows)


def _bin_table(name: str, bins: Sequence[Bin]) -> str:
    rows = [
        [
            f'{b.lower:.4g} to {b.upper:.4g}',
            str(b.num_episodes),
            str(b.num_queries),
            str(b.num_classes),
            b.miou.text(),
            '-' if np.isnan(b.mean_iou) else f'{b.mean_iou:.1f}',
        ]
        for b in bins
    ]
    return markdown_table(
        [name, 'episodes', 'queries', 'classes', 'mIoU', 'mean IoU'], rows
    )


def _remarks(bins: Sequence[Bin]) -> list[str]:
    """What a reader of a table of bins has to know."""
    empty = [f'{b.lower:.4g} to {b.upper:.4g}' for b in bins if not b.num_episodes]
    found = [f'No episode lies in {", ".join(empty)}.'] if empty else []
    if len({b.num_classes for b in bins if b.num_episodes}) > 1:
        found.append('The bins do not have the same classes.')
    return found


def _bin_json(one: Bin) -> dict:
    return vars(one) | dict(miou=one.miou.json())


def _rows(episodes: Episodes, classes: Sequence[str]) -> list[dict]:
    """Each episode, for a reader's own plots."""
    return [
        dict(
            seed=seed,
            number=number,
            class_name=classes[episodes.class_ids[i] - 1],
            iou=float(episodes.ious[i]),
            **{name: float(values[i]) for name, values in episodes.values.items()},
        )
        for i, (seed, number) in enumerate(episodes.keys)
    ]
