"""Published lists of (image, class) pairs, which are the user's to supply."""

from __future__ import annotations

import pickle
import re
from pathlib import Path, PurePosixPath
from typing import IO

from ..utils.files import read_text

Pairs = list[tuple[str, int]]
_LINE = re.compile(r'(\S+?)(?:__|\s+)(\d+)')


def read_pair_lists(pattern: str | Path, fold: int | None, num_folds: int = 4) -> Pairs:
    """Read a fold's list, or those of all other folds.

    Args:
        pattern (str | Path): Path of a list, with ``{fold}`` where the fold's number
            stands, or ``{other_fold}`` for the lists of the other folds, one behind
            another. Text has a line ``<image>__<class>`` or ``<image> <class>`` for
            each pair, classes from 1 (HSNet's lists of PASCAL-5^i); with the suffix
            '.pkl' it is a pickled dictionary of class (from 0) to names (HSNet's lists
            of COCO-20^i).
        fold (int, optional): Number of the fold; None where the path needs none.
        num_folds (int): How many there are. Defaults to 4.

    Returns:
        list[tuple[str, int]]: Image names without folder and suffix, and class ids.

    Raises:
        FileNotFoundError: If a list is missing.
        ValueError: If a line is no pair, a list is empty or names a pair twice, or
            there is no fold and the path needs one.
    """
    paths = pair_list_paths(pattern, fold, num_folds)
    return [pair for path in paths for pair in _read(path)]


def pair_list_paths(
    pattern: str | Path, fold: int | None, num_folds: int = 4
) -> list[Path]:
    """The files that a pattern stands for; see :func:`read_pair_lists`."""
    text = str(pattern)
    if fold is None and ('{fold}' in text or '{other_fold}' in text):
        raise ValueError(f'pair_list={text!r} is of a fold; give one (--fold)')
    text = text.replace('{fold}', str(fold))
    if '{other_fold}' not in text:
        return [Path(text)]
    others = [other for other in range(num_folds) if other != fold]
    return [Path(text.replace('{other_fold}', str(other))) for other in others]


def _read(path: Path) -> Pairs:
    if not path.is_file():
        raise FileNotFoundError(f'list of pairs {str(path)!r} does not exist')
    pairs = _read_pickle(path) if path.suffix == '.pkl' else _read_text(path)
    if not pairs or len(set(pairs)) < len(pairs):
        raise ValueError(f'{str(path)!r} is empty or names a pair twice')
    return pairs


def _read_text(path: Path) -> Pairs:
    pairs = []
    lines = read_text(path).splitlines()
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
