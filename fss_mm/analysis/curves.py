"""Losses and validation of trainings, from the scalars that MMEngine writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .figures import new_figure, png_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORE = 'mIoU'


@dataclass(frozen=True)
class Curves:
    """What a training logged, by step.

    Args:
        losses (dict[str, dict[int, float]]): Name of a loss to its values by step.
        scores (dict[int, float]): mIoU of validation by step, in percent.
    """

    losses: Mapping[str, Mapping[int, float]]
    scores: Mapping[int, float]


def read_curves(folder: str | Path) -> Curves:
    """Curves of a work folder; runs that went on are one, the later value counts.

    Raises:
        FileNotFoundError: If no training has logged there.
    """
    losses: dict[str, dict[int, float]] = {}
    scores: dict[int, float] = {}
    files = sorted(Path(folder).glob('*/vis_data/scalars.json'))
    for path in files:
        for line in path.read_text().splitlines():
            try:
                row = json.loads(line)
            except ValueError:  # a run that was killed while it wrote
                continue
            step = int(row.get('step', row.get('iter', 0)))
            for name, value in row.items():
                if 'loss' in name:
                    losses.setdefault(name, {})[step] = value
                elif name == SCORE:
                    scores[step] = value
    if not losses and not scores:
        raise FileNotFoundError(
            f'{str(folder)!r}: no scalars of a training; expected a work folder of '
            'fss-mm train (with */vis_data/scalars.json)'
        )
    return Curves(losses, scores)


def draw_curves(runs: Mapping[str, Curves], loss: str = 'loss') -> bytes:
    """A PNG file: a loss on the left, validation's mIoU on the right.

    Args:
        runs (Mapping[str, Curves]): By the names of the legend.
        loss (str): Which loss. Defaults to 'loss', the sum of all.

    Raises:
        ValueError: If no run has that loss.
    """
    known = sorted({name for run in runs.values() for name in run.losses})
    if known and loss not in known:
        raise ValueError(f'loss={loss!r} was not logged; there are {known}')
    figure = new_figure(11, 4.5)
    left, right = figure.subplots(1, 2)
    for name, run in runs.items():
        _line(left, run.losses.get(loss, {}), name, '')
        _line(right, run.scores, name, 'o')
    for axes, label in ((left, loss), (right, f'{SCORE} of validation, %')):
        axes.set_xlabel('step')
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        axes.legend()
    return png_of(figure)


def _line(axes: Axes, values: Mapping[int, float], name: str, marker: str) -> None:
    steps = sorted(values)
    axes.plot(steps, [values[s] for s in steps], marker=marker, label=name)
