"""Which classes of FSS-1000 train, validate and test.

The 240 classes of the test are published with the data set; its authors leave the
division of the other 760 to the user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..index.image_files import read_split
from ..utils.random_words import Stream, random_words, sample_distinct
from .lists import check_counts, check_lists

FSS1000_COUNTS = dict(classes=1000, images=10, train=520, val=240, test=240)
# md5 of the lists as others use them; the test list with either end of line
KNOWN_LISTS = {
    '996d2c12d2abc861d9a092afea00a514': 'the official test list',
    '54fbb9b872f8a53022c597a7a97a0bc9': 'the official test list',
    '915c4b00e86bb89861c8463d29f2e861': "HSNet's division (trn)",
    'bb91993f979166a889eb19d03fac4c2e': "HSNet's division (val)",
}
_FILES = dict(train='trn.txt', val='val.txt', test='test.txt')


def read_lists(folder: Path) -> dict[str, tuple[str, ...]]:
    """The lists that the user supplies: ``test``, and ``train`` and ``val`` if given.

    Args:
        folder (Path): Folder with ``test.txt`` and, both or neither, ``trn.txt`` and
            ``val.txt``: one class name a line.

    Raises:
        ValueError: If there is no test list, or only one of the other two.
    """
    there = [part for part, name in _FILES.items() if (folder / name).is_file()]
    if 'test' not in there:
        md5 = [md5 for md5, title in KNOWN_LISTS.items() if 'test' in title]
        raise ValueError(
            f"no {str(folder / 'test.txt')!r}: FSS-1000's official list of the 240 "
            'test classes, one name a line (md5 '
            f'{md5[0]} with CRLF, {md5[1]} with LF). It comes with the code of '
            'FSS-1000 and of methods that are tested on it (HSNet, for one); put it '
            'there or name its folder with --lists'
        )
    if len(there) == 2:
        raise ValueError(
            f'{str(folder)!r} has {_FILES[there[0]]!r} and not its counterpart; add '
            'it, or take this one out to have the division drawn'
        )
    return {part: read_split(folder / _FILES[part]) for part in there}


def describe_lists(folder: Path, parts: Sequence[str]) -> list[str]:
    """A line on each list that says whose it is, by its md5."""
    lines = []
    for part in parts:
        path = folder / _FILES[part]
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        unknown = 'not a published list known here: compare results on it with care'
        lines.append(f'{path} (md5 {md5}): {KNOWN_LISTS.get(md5, unknown)}')
    return lines


def divide_classes(
    classes: Sequence[str],
    given: dict[str, tuple[str, ...]],
    counts: dict[str, int] = FSS1000_COUNTS,
    seed: int = 0,
) -> dict[str, tuple[str, ...]]:
    """Sorted classes of ``train``, ``val`` and ``test``.

    Args:
        classes (Sequence[str]): All classes.
        given (dict[str, tuple[str, ...]]): The result of :func:`read_lists`.
        counts (dict[str, int]): Expected lengths. Defaults to 520, 240 and 240.
        seed (int): Draws ``val`` where it is not given. Defaults to 0.

    Raises:
        ValueError: If lists name classes that are not there, share one, or have other
            lengths.
    """
    check_lists(given)
    for part, names in given.items():
        unknown = sorted(set(names) - set(classes))
        if unknown:
            raise ValueError(
                f'{len(unknown)} classes of {_FILES[part]!r} have no folder, for '
                f'example {unknown[0]!r}; fetch the data set again or correct the list'
            )
    lists = given if 'val' in given else given | _draw(classes, given, counts, seed)
    parts = {part: counts[part] for part in _FILES}
    check_counts({part: len(lists[part]) for part in parts}, parts)
    return {part: tuple(sorted(lists[part])) for part in parts}


def _draw(
    classes: Sequence[str],
    given: dict[str, tuple[str, ...]],
    counts: dict[str, int],
    seed: int,
) -> dict[str, tuple[str, ...]]:
    """Validation classes drawn from those that are not tested; the others train."""
    rest = sorted(set(classes) - set(given['test']))
    count = min(counts['val'], len(rest))
    words = random_words(seed, 0, count, Stream.FOLDS)
    val = {rest[i] for i in sample_distinct(words, len(rest))}
    return dict(train=tuple(c for c in rest if c not in val), val=tuple(val))
