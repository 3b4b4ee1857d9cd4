"""Foreground and background similarity of pairs of one class (SimPropNet Figure 3).

Shape letters: P pairs, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch.utils.data import DataLoader

from ..evaluation.markdown import markdown_table
from ..models.segmentors.image_encoder import ImageEncoder
from .figures import new_figure, png_of
from .levels import chosen
from .regions import (
    by_class,
    cosines,
    label_regions,
    other_class_partners,
    region_vectors,
    show,
    stacked,
)
from .result import AnalysisResult
from .streams import encoded_images
from .subject import distinct_pairs

NAME = 'fg_bg_similarity'
# name to the regions of the query and of the support that are compared
COMPARED = {
    'fg - fg': ('foreground', 'foreground'),
    'bg - bg': ('background', 'background'),
    'fg - bg': ('foreground', 'background'),
    'bg - fg': ('background', 'foreground'),
}
OTHER = ', other class'
COLORS = {
    'fg - fg': 'tab:blue',
    'bg - bg': 'tab:orange',
    'fg - bg': '0.45',
    'bg - fg': '0.7',
    f'fg - fg{OTHER}': 'lightsteelblue',
    f'bg - bg{OTHER}': 'navajowhite',
}
WORDS = (
    'Cosine similarity of the vectors of a region of the query and one of the support '
    '(masked average pooling), mean ± standard deviation over the pairs. "bg > fg": '
    'pairs whose backgrounds are more alike than their objects. "Other class": the '
    "query with another pair's support, drawn at random from those of other classes: "
    'what is alike in any two images.'
)


def measure_fg_bg_similarity(
    encoder: ImageEncoder, loader: DataLoader, levels: Sequence[int] | None = None
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Compare regions of the query and the support of each different episode.

    Args:
        encoder (ImageEncoder): In eval mode, on its device.
        loader (DataLoader): Of a test of one shot.
        levels (Sequence[int], optional): Which levels of the backbone. Defaults to
            None: all.

    Returns:
        tuple: Class ids (P,); names of comparisons to cosines (P,), nan where an image
        has no such region.

    Raises:
        ValueError: If episodes have several shots, or there is no such level.
    """
    pairs = distinct_pairs(loader)
    sides = [[(p.query, p.class_id) for p in pairs]]
    sides += [[(p.supports[0], p.class_id) for p in pairs]]
    vectors = {
        pair: region_vectors(chosen(features.levels, levels), label_regions(image.mask))
        for pair, image, features in encoded_images(encoder, loader, sum(sides, []))
    }
    tables = [
        {
            name: stacked([vectors[pair][name] for pair in side])
            for name in ('foreground', 'background')
        }
        for side in sides
    ]
    class_ids = np.array([p.class_id for p in pairs])
    return class_ids, pair_similarities(*tables, class_ids)


def pair_similarities(
    queries: Mapping[str, np.ndarray],
    supports: Mapping[str, np.ndarray],
    class_ids: Sequence[int],
) -> dict[str, np.ndarray]:
    """Cosines of the regions of both images of pairs.

    Args:
        queries (Mapping[str, np.ndarray]): 'foreground' and 'background' (P, C).
        supports (Mapping[str, np.ndarray]): Likewise.
        class_ids (Sequence[int]): P.

    Returns:
        dict[str, np.ndarray]: Names of :data:`COMPARED` to (P,); the first two also
        with a support of another class, where there is more than one.
    """
    found = {
        name: cosines(queries[one], supports[other])
        for name, (one, other) in COMPARED.items()
    }
    partners = other_class_partners(class_ids)
    if partners is not None:
        for name in ('fg - fg', 'bg - bg'):
            one, other = COMPARED[name]
            found[f'{name}{OTHER}'] = cosines(queries[one], supports[other][partners])
    return found


def describe_fg_bg_similarity(
    class_ids: np.ndarray,
    found: Mapping[str, np.ndarray],
    classes: Sequence[str],
    facts: Mapping,
) -> AnalysisResult:
    """The table, numbers and picture of :func:`measure_fg_bg_similarity`."""
    table = {k: by_class(v, class_ids, classes) for k, v in found.items()}
    share = by_class(bg_above_fg(found), class_ids, classes)
    rows = [
        [name, str(own['n']), *(show(column[name]) for column in table.values()),
         '-' if own['mean'] is None else f'{own["mean"]:.0%}']
        for name, own in share.items()
    ]  # fmt: skip
    return AnalysisResult(
        NAME,
        'How alike objects and backgrounds of a class are',
        [markdown_table(['class', 'pairs', *table, 'bg > fg'], rows), WORDS],
        dict(cosines=table, bg_above_fg={k: v['mean'] for k, v in share.items()}),
        {'Measured on': facts},
        _picture(table),
    )


def bg_above_fg(found: Mapping[str, np.ndarray]) -> np.ndarray:
    """1 for pairs whose backgrounds are more alike than their objects, else 0: (P,)."""
    fg, bg = found['fg - fg'], found['bg - bg']
    return np.where(np.isnan(fg) | np.isnan(bg), np.nan, bg > fg)


def _picture(table: Mapping[str, Mapping[str, Mapping]]) -> bytes:
    """Bars of each class, as the paper's figure."""
    names = list(next(iter(table.values())))
    figure = new_figure(max(8.0, 0.9 * len(names) + 2))
    axes = figure.subplots()
    width, places = 0.8 / len(table), np.arange(len(names))
    for number, (label, column) in enumerate(table.items()):
        means, stds = (
            [np.nan if column[n][key] is None else column[n][key] for n in names]
            for key in ('mean', 'std')
        )
        axes.bar(
            places + (number + 0.5) * width - 0.4,
            means,
            width,
            yerr=stds,
            error_kw=dict(elinewidth=0.6, alpha=0.6),
            color=COLORS[label],
            label=label,
        )
    axes.set_xticks(places, names, rotation=30, ha='right')
    axes.set_ylabel('cosine similarity, query - support')
    figure.legend(ncols=len(table), fontsize='small', loc='outside upper center')
    return png_of(figure)
