"""A table's results as a picture: rows, with intervals and what is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .text import grouped

HEIGHT, WIDTH = 0.45, 5.0  # inches of a row and of a panel


def draw(result: Mapping, path: Path) -> None:
    """Draw a panel for each test, checkpoint and score.

    Args:
        result (Mapping): Of :func:`.command.result_of`; with at least a line.
        path (Path): The picture, a PNG.
    """
    from matplotlib.figure import Figure

    panels = grouped(result)
    rows = max(map(len, panels.values()))
    size = (WIDTH * len(panels) + 1, HEIGHT * rows + 1.6)
    figure = Figure(figsize=size, layout='constrained')
    for axes, (title, lines) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items()
    ):
        for place, line in enumerate(lines):
            _row(axes, place, line)
        axes.set_yticks(range(len(lines)), [line['row'] for line in lines])
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_xlabel(f'{lines[0]["score"]} in %')
        axes.set_title(title, fontsize='medium')
        axes.grid(axis='x', alpha=0.3)
        _legend(axes, result)
    figure.suptitle(f'{result["title"]}\n{result["data"]}, budget {result["budget"]}',
                    fontsize='medium')  # fmt: skip
    figure.savefig(path, dpi=120, format='png')


def _row(axes, place: int, line: Mapping) -> None:
    folds = [one['mean'] for one in line['folds'].values()]
    axes.plot(folds, [place] * len(folds), '|', color='0.6', markersize=9)
    if 'mean' in line:
        sides = [[line['mean'] - line['lower']], [line['upper'] - line['mean']]]
        axes.errorbar(line['mean'], place, xerr=sides, fmt='o', color='C0', capsize=3)
    published = (line['published'] or {}).get('mean')
    if published is not None:
        axes.plot(published, place, 'D', color='C1', fillstyle='none', markersize=8)


def _legend(axes, result: Mapping) -> None:
    from matplotlib.lines import Line2D

    ours = Line2D([], [], marker='o', color='C0', label='ours, 95 % interval')
    folds = Line2D([], [], marker='|', color='0.6', linestyle='', label='folds')
    handles = [ours, folds]
    if any(line['published'] for line in result['lines']):
        where = f'published, on {result["published_on"]}'
        handles.append(Line2D([], [], marker='D', color='C1', fillstyle='none',
                              linestyle='', label=where))  # fmt: skip
    axes.legend(handles=handles, fontsize='small', loc='best')
