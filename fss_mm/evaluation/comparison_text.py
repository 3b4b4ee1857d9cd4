"""A comparison of two reports as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .comparison import excludes_zero
from .markdown import markdown_table, show
from .report_text import number, ordered_names

LONGEST = 70  # of a remark's value; the whole one stands in the reports


def format_comparison(found: Mapping, names: tuple[str, str] = ('A', 'B')) -> str:
    """Verdict, reasons or differences, and remarks.

    Args:
        found (Mapping): Of :func:`.comparison.compare_reports`.
        names (tuple[str, str]): The reports' files. Defaults to ('A', 'B').
    """
    sections = [f'A: {names[0]}\nB: {names[1]}']
    if found['comparable']:
        sections += [
            'COMPARABLE: the same episodes, scored by the same rules; protocol '
            f'{" and ".join(dict.fromkeys(found["protocols"]))}.'
        ]
        sections += _differences(found)
    else:
        sections += ['NOT COMPARABLE:', _both_values(found['obstacles'], show)]
        sections += [_unpaired(found)] if found['unpaired'] else []
    if found['remarks']:
        sections += ['What else differs:', _both_values(found['remarks'], _shortened)]
    return '\n\n'.join(sections)


def _differences(found: Mapping) -> list[str]:
    scores, level = found['scores'], f'{100 * found["level"]:.0f} %'
    names = ordered_names(list(scores))
    rows = [[name.removeprefix('IoU_'), *_cells(scores[name])] for name in names]
    marked = sum(excludes_zero(score) for score in scores.values())
    return [
        markdown_table(['', 'A', 'B', 'B - A', f'{level} interval', ''], rows),
        f'IoU in %. The interval is of B - A, by a paired bootstrap over the episodes '
        f'({found["num_resamples"]} resamples), for these weights, images and classes. '
        f'* marks the {marked} of {len(rows)} intervals without 0. Each holds by '
        'itself: with many rows, some are marked by chance.',
    ]


def _cells(score: Mapping[str, float]) -> list[str]:
    bounds = f'{score["lower"]:+.2f} to {score["upper"]:+.2f}'
    mark = '*' if excludes_zero(score) else ''
    return [f'{score["a"]:.2f}', f'{score["b"]:.2f}', f'{score["difference"]:+.2f}',
            bounds, mark]  # fmt: skip


def _unpaired(found: Mapping) -> str:
    a, b = (number(mean['mIoU']) for mean in found['means'])
    return (
        f'Only the episodes differ. mIoU is {a:.2f} and {b:.2f}, but the difference '
        'would be unpaired: it holds the luck of both draws, and no interval is given. '
        'Test both on the same seeds and as many episodes.'
    )


def _both_values(found: Mapping[str, tuple], text: Callable[[object], str]) -> str:
    rows = [[name, *map(text, values)] for name, values in found.items()]
    return markdown_table(['', 'A', 'B'], rows, right=False)


def _shortened(value: object) -> str:
    text = show(value)
    return text if len(text) <= LONGEST else f'{text[: LONGEST - 3]}...'
