"""How well a head's attention maps tell a class from its background.

Shape letters: H W mask size, h w feature size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from ..evaluation.markdown import markdown_table
from .figures import new_figure, png_of
from .result import AnalysisResult
from .streams import head_outputs
from .subject import Subject

NAME = 'attention_gap'
MAP = 'fg_attention'


def attention_gap(attention: Tensor, mask: Tensor) -> tuple[float, float]:
    """Gap and spread of one map.

    Args:
        attention (Tensor): (h, w).
        mask (Tensor): (H, W): 0, 1 or 255.

    Returns:
        tuple[float, float]: Mean on the class minus mean on the background, each cell
        weighted by the label's share of it, and the standard deviation over the map.
    """
    size = attention.shape
    fg, bg = (
        F.interpolate((mask == label)[None, None].float(), size, mode='area')[0, 0]
        for label in (1, 0)
    )
    means = [(attention * w).sum() / w.sum().clamp_min(1e-6) for w in (fg, bg)]
    return (means[0] - means[1]).item(), attention.std().item()


def measure_attention_gap(subject: Subject) -> dict[str, list[tuple[float, float]]]:
    """Gap and spread of each episode, by the class's name.

    Raises:
        ValueError: If the head gives no attention maps.
    """
    found = defaultdict(list)
    outputs = head_outputs(subject.model, subject.loader, subject.episodes)
    for episode, output, query in outputs:
        if MAP not in output.aux:
            raise ValueError(
                f'{type(subject.model.decode_head).__name__} gives no attention maps '
                f'({MAP!r} in the aux of its output); SimPropHead does'
            )
        mask = query.mask.to(output.aux[MAP].device)
        gap = attention_gap(output.aux[MAP][0, 0].float(), mask)
        found[subject.dataset.classes[episode.class_id - 1]].append(gap)
    return dict(found)


def describe_attention_gap(
    found: Mapping[str, Sequence[tuple[float, float]]], facts: Mapping
) -> AnalysisResult:
    """The table, numbers and picture of :func:`measure_attention_gap`."""
    means = {name: np.mean(rows, axis=0) for name, rows in sorted(found.items())}
    rows = [
        [
            name,
            str(len(found[name])),
            f'{gap:.4f}',
            f'{spread:.4f}',
            f'{gap / spread:.2f}',
        ]
        for name, (gap, spread) in means.items()
    ]
    return AnalysisResult(
        NAME,
        'Attention on a class and beside it',
        [
            markdown_table(['class', 'episodes', 'gap', 'spread', 'ratio'], rows),
            'Gap: mean foreground attention on the class minus that on the rest. '
            'Spread: standard deviation over the map. Where their ratio is near 0 the '
            'similarity to the support does not tell the class apart.',
        ],
        dict(by_class={k: dict(gap=g, spread=s) for k, (g, s) in means.items()}),
        {'Measured on': facts},
        _picture(means),
    )


def _picture(means: Mapping[str, np.ndarray]) -> bytes:
    figure = new_figure()
    axes = figure.subplots()
    places = np.arange(len(means))
    for shift, (column, label) in enumerate(
        zip(zip(*means.values()), ('gap', 'spread'))
    ):
        axes.bar(places + 0.4 * shift - 0.2, column, 0.4, label=label)
    axes.set_xticks(places, list(means), rotation=30, ha='right')
    axes.set_ylabel('foreground attention')
    axes.axhline(0, color='black', linewidth=0.8)
    axes.legend()
    return png_of(figure)
