"""The picture of :mod:`.iou_against`: a dot an episode, a line a bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .episode_columns import TITLES, Episodes
from .figures import new_figure, png_of
from .value_bins import Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_iou_against(
    episodes: Episodes,
    classes: Sequence[str],
    bins: Mapping[str, Sequence[Bin]],
    correlations: Mapping[str, Mapping[str, float]],
) -> bytes:
    """A panel a value: a dot an episode, a line a bin with its interval.

    Args:
        episodes (Episodes): Of one model.
        classes (Sequence[str]): Names of the class ids 1, 2, ...
        bins (Mapping[str, Sequence[Bin]]): By value.
        correlations (Mapping[str, Mapping[str, float]]): Likewise, with ``within``.

    Returns:
        bytes: A PNG.
    """
    num_rows = (len(bins) + 1) // 2
    figure = new_figure(11, 4 * num_rows)
    panels = figure.subplots(num_rows, 2, squeeze=False).ravel()
    for axes in panels[len(bins) :]:
        axes.set_visible(False)
    for axes, (name, own) in zip(panels, bins.items()):
        values = episodes.values[name]
        for class_id in np.unique(episodes.class_ids):
            dots = episodes.class_ids == class_id
            label = classes[class_id - 1]
            axes.scatter(values[dots], episodes.ious[dots], 9, alpha=0.45, label=label)
        _draw_bins(axes, own)
        within = correlations[name]['within']
        axes.set_title(f'rank correlation within classes {within:+.2f}', fontsize=10)
        axes.set_xlabel(TITLES[name])
        axes.set_ylabel('IoU (%)')
        axes.set_ylim(-2, 102)
    if len(np.unique(episodes.class_ids)) <= 10:
        panels[0].legend(fontsize=8)
    return png_of(figure)


def _draw_bins(axes: Axes, bins: Sequence[Bin]) -> None:
    label = 'mIoU of a bin'
    for one in bins:
        if one.num_episodes:
            ends = one.lower, one.upper
            axes.hlines(one.miou.value, *ends, color='black', linewidth=2, label=label)
            interval = one.miou.lower, one.miou.upper
            axes.vlines(sum(ends) / 2, *interval, color='black', linewidth=1)
            label = None
