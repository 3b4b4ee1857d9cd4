"""Lists of names that a conversion writes, and never over one that says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..index.image_files import read_split
from ..utils.files import write_atomically


def check_lists(lists: dict[str, Sequence[str]]) -> None:
    """Check that no name is in two lists.

    Raises:
        ValueError: Naming the lists and what they share.
    """
    owner: dict[str, str] = {}
    for title, names in lists.items():
        shared = sorted(name for name in names if name in owner)
        if shared:
            raise ValueError(
                f'{len(shared)} names of the list {title!r} are also in '
                f'{owner[shared[0]]!r}, for example {shared[0]!r}; a name belongs to '
                'one list: correct them'
            )
        owner |= dict.fromkeys(names, title)


def check_counts(found: dict[str, int], expected: dict[str, int]) -> None:
    """Compare numbers with those that are known of a data set.

    Raises:
        ValueError: Naming every number that differs, what was found and expected.
    """
    wrong = [
        f'{title}: {found[title]:,} found, {number:,} expected'
        for title, number in expected.items()
        if found[title] != number
    ]
    if wrong:
        raise ValueError(
            f'{"; ".join(wrong)}: the source is not complete, or not this data set; '
            'fetch it again'
        )


def write_list(path: Path, names: Sequence[str]) -> None:
    """Write names, one a line; a list that holds the same names stays as it is.

    Raises:
        ValueError: If a list of other names is there.
    """
    if path.is_file():
        if set(read_split(path)) == set(names):
            return
        raise ValueError(
            f'{str(path)!r} is there and holds other names than the {len(names)} of '
            'this conversion; rename or delete it, and run the command again'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    content = ''.join(f'{name}\n' for name in names).encode()
    write_atomically(path, lambda file: file.write(content))
