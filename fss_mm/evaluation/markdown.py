"""Markdown that reads well as plain text: tables with aligned columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: bool = True
) -> str:
    """A table whose columns are as wide as their longest cell.

    Args:
        header (Sequence[str]): One cell a column.
        rows (Sequence[Sequence[str]]): As many cells each.
        right (bool): Align all columns but the first to the right. Defaults to True.
    """
    cells = [[_escaped(cell) for cell in row] for row in (header, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*cells)]
    sides = [str.ljust, *[str.rjust if right else str.ljust] * (len(widths) - 1)]
    lines = [
        f'| {" | ".join(s(c, w) for s, c, w in zip(sides, row, widths))} |'
        for row in cells
    ]
    rule = [f'{"-" * (w + 1)}{":" if s is str.rjust else "-"}'
            for s, w in zip(sides, widths)]  # fmt: skip
    return '\n'.join([lines[0], f'|{"|".join(rule)}|', *lines[1:]])


def fact_table(facts: Mapping[str, object]) -> str:
    """Two columns: names (underscores as blanks) and values (see :func:`show`)."""
    rows = [(name.replace('_', ' '), show(value)) for name, value in facts.items()]
    return markdown_table(('', ''), rows, right=False)


def show(value: object) -> str:
    """A JSON value as a reader wants it: lists by commas, yes and no, '-' for none."""
    if value is None or value == [] or value == {}:
        return '-'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, Mapping):
        return ', '.join(f'{key}: {show(item)}' for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ', '.join(map(show, value))
    return str(value)


def _escaped(cell: str) -> str:
    return ' '.join(cell.split()).replace('|', '\\|')
