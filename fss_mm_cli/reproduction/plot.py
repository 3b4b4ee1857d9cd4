"""A table's results as a picture: rows, with intervals and what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .text import grouped

ROW, PANEL, WIDTH = 0.32, 1.0, 9.0  # inches: a row, the rest of its panel, the page


def draw(result: Mapping, path: Path) -> None:
    """Draw a panel for each test, checkpoint and score, with the differences beside it.

    Args:
        result (Mapping): Of :func:`.command.result_of`; with at least a line.
        path (Path): The picture, a PNG.
    """
    from matplotlib.figure import Figure

    panels = grouped(result)
    heights = [PANEL + ROW * len(lines) for lines in panels.values()]
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.9), layout='constrained')
    places = figure.subplots(
        len(panels), 2, squeeze=False, height_ratios=heights, width_ratios=(3, 2)
    )
    for (scores, differences), (title, lines) in zip(places, panels.items()):
        _scores(scores, title, lines)
        _differences(differences, lines)
    where = ', '.join(filter(None, (result['data'], f'budget {result["budget"]}')))
    figure.suptitle(f'{result["title"]}\n{where}', fontsize='medium')
    figure.legend(
        handles=_legend(result), loc='outside lower center', ncols=4, fontsize='small'
    )
    figure.savefig(path, dpi=120, format='png')


def _scores(axes, title: str, lines: Sequence[Mapping]) -> None:
    for place, line in enumerate(lines):
        folds = [one['mean'] for one in line['folds'].values()]
        axes.plot(folds, [place] * len(folds), '|', color='0.6', markersize=9)
        if 'mean' in line:
            _interval(axes, place, line, line['mean'])
        published = (line['published'] or {}).get('mean')
        if published is not None:
            axes.plot(published, place, 'D', color='C1', fillstyle='none', markersize=8)
    axes.set_yticks(range(len(lines)), [line['row'] for line in lines])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel(f'{lines[0]["score"]} in %')
    axes.set_title(title, fontsize='medium', loc='left')
    axes.grid(axis='x', alpha=0.3)


def _differences(axes, lines: Sequence[Mapping]) -> None:
    for place, line in enumerate(lines):
        if line.get('difference'):
            found = line['difference']
            _interval(axes, place, found, found['difference'])
    axes.axvline(0, color='0.6', linewidth=1)
    axes.set_yticks([])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel('difference to the first row')
    axes.grid(axis='x', alpha=0.3)


def _interval(axes, place: int, found: Mapping, value: float) -> None:
    sides = [[value - found['lower']], [found['upper'] - value]]
    axes.errorbar(value, place, xerr=sides, fmt='o', color='C0', capsize=3)


def _legend(result: Mapping) -> list:
    from matplotlib.lines import Line2D

    ours = Line2D([], [], marker='o', color='C0', label='ours, 95 % interval')
    folds = Line2D([], [], marker='|', color='0.6', linestyle='', label='folds')
    handles = [ours, folds]
    if any(line['published'] for line in result['lines']):
        where = f'published, on {result["published_on"]}'
        shown = dict(marker='D', color='C1', fillstyle='none', linestyle='')
        handles.append(Line2D([], [], label=where, **shown))
    return handles
