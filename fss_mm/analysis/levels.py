"""Which levels of a backbone an analysis looks at."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.config import Config
from torch import Tensor


def levels_of(cfg: Config, levels: Sequence[int] | None) -> Sequence[int] | None:
    """Levels as given, else those of the config's head, else None: all."""
    head = cfg.model.get('decode_head') or {}
    if levels is not None or not head:
        return levels
    return head.get('in_index', (0, 1))


def chosen(levels: Sequence[Tensor], places: Sequence[int] | None) -> list[Tensor]:
    """Some levels of a backbone.

    Raises:
        ValueError: If one is not there.
    """
    if places is None:
        return list(levels)
    if not all(0 <= place < len(levels) for place in places):
        raise ValueError(
            f'--levels {" ".join(map(str, places))}: the backbone gives '
            f'{len(levels)}, numbered from 0'
        )
    return [levels[place] for place in places]
