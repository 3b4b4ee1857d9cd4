"""Published lists of (image, class) pairs, which are the user's to supply."""

from __future__ import annotations

import pickle
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

Pairs = list[tuple[str, int]]
_LINE = re.compile(r'(\S+?)(?:__|\s+)(\d+)')


def read_pair_lists(pattern: str | Path, folds: Sequence[int]) -> Pairs:
    """Read the lists of some folds, one behind another.

    Args:
        pattern (str | Path): Path of a list, with ``{fold}`` where its number stands:
            text with a line ``<image>__<class>`` or ``<image> <class>`` for each pair,
            classes from 1 (HSNet's lists of PASCAL-5^i); or, with the suffix '.pkl', a
            pickled dictionary of class (from 0) to names (HSNet's lists of COCO-20^i).
        folds (Sequence[int]): Numbers of the lists.

    Returns:
        list[tuple[str, int]]: Image names without folder and suffix, and class ids.

    Raises:
        FileNotFoundError: If a list is missing.
        ValueError: If a line is no pair, a list is empty or names a pair twice.
    """
    return [pair for fold in folds for pair in _read(Path(pattern_path(pattern, fold)))]


def pattern_path(pattern: str | Path, fold: int) -> str:
    """The path of one fold's list."""
    return str(pattern).replace('{fold}', str(fold))


def _read(path: Path) -> Pairs:
    if not path.is_file():
        raise FileNotFoundError(f'list of pairs {str(path)!r} does not exist')
    pairs = _read_pickle(path) if path.suffix == '.pkl' else _read_text(path)
    if not pairs or len(set(pairs)) < len(pairs):
        raise ValueError(f'{str(path)!r} is empty or names a pair twice')
    return pairs


def _read_text(path: Path) -> Pairs:
    pairs = []
    lines = path.read_text(encoding='utf-8-sig').splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(
                f'{path}, line {number}: {line!r}, expected <image>__<class> or '
                '<image> <class>'
            )
        pairs.append((match[1], int(match[2])))
    return pairs


class _PlainUnpickler(pickle.Unpickler):
    """Reads numbers, text and containers, and nothing that runs code."""

    def find_class(self, module: str, name: str) -> type:
        raise pickle.UnpicklingError(f'{module}.{name} is not plain data')


def _read_pickle(path: Path) -> Pairs:
    with path.open('rb') as file:
        table = _load(file, path)
    return [
        (PurePosixPath(name).stem, class_id + 1)
        for class_id in sorted(table)
        for name in table[class_id]
    ]


def _load(file: IO[bytes], path: Path) -> dict[int, list[str]]:
    try:
        table = _PlainUnpickler(file).load()
        return {int(class_id): list(names) for class_id, names in table.items()}
    except Exception as error:
        raise ValueError(
            f'{str(path)!r} is not a pickled dictionary of class to names: {error}'
        ) from error
