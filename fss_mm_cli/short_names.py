"""Short names of several files or folders, for legends and tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """What tells paths apart, without the parts that all share: name to path.

    Raises:
        ValueError: If a path is named twice.

    Examples:
        >>> list(short_names(['runs/a/fold0/out.json', 'runs/b/fold0/out.json']))
        ['a', 'b']
    """
    if len(set(paths)) < len(paths):
        twice = next(path for path in paths if list(paths).count(path) > 1)
        raise ValueError(f'{twice} is named twice')
    parts = [Path(path).with_suffix('').parts for path in paths]
    if len(paths) == 1:
        return {parts[0][-1]: paths[0]}
    shortest = min(map(len, parts))
    first = next(i for i in range(shortest + 1) if len({p[:i] for p in parts}) > 1
                 or i == shortest)  # fmt: skip
    head = max(first - 1, 0)
    tail = 0
    while (
        tail < shortest - head - 1 and len({p[len(p) - tail - 1] for p in parts}) == 1
    ):
        tail += 1
    names = ['/'.join(p[head : len(p) - tail]) for p in parts]
    return dict(zip(names if len(set(names)) == len(names) else paths, paths))
