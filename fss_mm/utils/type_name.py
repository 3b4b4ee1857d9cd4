"""The name of what a part of a config builds."""

from __future__ import annotations

from collections.abc import Mapping


def type_name(part: Mapping) -> str:
    """Its ``type`` without scope and module, whether it is a name or a class.

    Examples:
        >>> type_name(dict(type='mmseg.Resize'))
        'Resize'
    """
    kind = part['type']
    return (kind if isinstance(kind, str) else kind.__name__).rpartition('.')[2]
