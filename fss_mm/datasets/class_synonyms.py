"""Whether two data sets mean the same class, by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

# classes of VOC and COCO that have another name in the other one
SYNONYMS = dict(
    airplane='aeroplane', couch='sofa', motorcycle='motorbike', tv='tvmonitor'
)


def fold_name(name: str) -> str:
    """A class's name in the form that is compared.

    Case, spaces, underscores and hyphens do not count; of two names that VOC and COCO
    have for one class it is VOC's.
    """
    folded = re.sub(r'[\s_-]', '', name).casefold()
    return SYNONYMS.get(folded, folded)


def fold_names(names: Iterable[str]) -> dict[str, str]:
    """Names by their folded form; the first of equal ones."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold_name(name), name)
    return found
