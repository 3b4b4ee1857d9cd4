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
    parts = [_named(path).parts for path in paths]
    if len(paths) == 1:
        return {parts[0][-1]: paths[0]}
    shortest = min(map(len, parts))
    head = min(_shared(parts), shortest - 1)
    tail = min(_shared([p[::-1] for p in parts]), shortest - head - 1)
    names = ['/'.join(p[head : len(p) - tail]) for p in parts]
    return dict(zip(names if len(set(names)) == len(names) else paths, paths))


def _named(path: str) -> Path:
    """In full, as ``.`` has no name; a report or a config without its suffix."""
    full = Path(path).resolve()
    return full.with_suffix('') if full.suffix in ('.json', '.py') else full


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """How many parts all begin with."""
    return next(
        (i for i, own in enumerate(zip(*paths)) if len(set(own)) > 1),
        len(min(paths, key=len)),
    )
