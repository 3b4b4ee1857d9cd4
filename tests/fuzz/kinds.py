"""What a kind of malformed input is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One way to make an input malformed.

    Args:
        apply (Callable): Does it, to what the part builds; its last argument is the
            input.
        draws (dict): Names of what is drawn for it, with a strategy of plain values.
    """

    apply: Callable[..., Any]
    draws: dict[str, Any] = field(default_factory=dict)
