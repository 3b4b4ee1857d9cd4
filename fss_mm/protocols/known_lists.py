"""Whether a list of pairs that a user gives is the published one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..episodes.pair_lists import pair_list_paths, read_pair_lists
from .protocol import Protocol

_OTHERS = '{other_fold}'


def list_deviations(
    protocol: Protocol, part: str, pattern: str | Path, fold: int | None
) -> Iterator[str]:
    """Compare lists with what the protocol knows of the published ones.

    Args:
        protocol (Protocol): With ``known_lists``: for ``train`` and ``test`` a list by
            fold of dicts with ``pairs``, ``images`` or ``md5`` (of the text with LF as
            the end of line).
        part (str): 'train' or 'test'.
        pattern (str | Path): Path of the lists, as in
            :func:`~fss_mm.episodes.pair_lists.read_pair_lists`.
        fold (int, optional): Number of the fold.

    Yields:
        str: '<list> has <number> pairs instead of the published <number>'. Lists that
        are missing, and folds of which nothing is known, are passed over.
    """
    paths = pair_list_paths(pattern, fold)
    known = protocol.known_lists.get(part, ())
    folds = [f for f in range(4) if f != fold] if _OTHERS in str(pattern) else [fold]
    for path, number in zip(paths, folds):
        if number is not None and number < len(known) and path.is_file():
            yield from _differences(path, known[number])


def _differences(path: Path, known: Mapping) -> Iterator[str]:
    pairs = read_pair_lists(path, None)
    found = dict(pairs=len(pairs), images=len({name for name, _ in pairs}))
    if 'md5' in known:
        text = path.read_bytes().replace(b'\r\n', b'\n')
        found['md5'] = hashlib.md5(text, usedforsecurity=False).hexdigest()
    for what, value in known.items():
        if found[what] != value:
            yield (
                f'{path} is not the published list: {what} {found[what]} instead of '
                f'{value}'
            )
            return
