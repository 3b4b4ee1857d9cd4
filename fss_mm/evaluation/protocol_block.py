"""What a report says of the protocol: its name, what deviates from it, and its rules.

The block is a dict of JSON values in the order in which they are shown. ``name`` and
``deviations`` (list of str) have a meaning here; any other key is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping


def check_protocol_block(block: Mapping | None) -> None:
    """Check a block before anything is measured under it.

    Raises:
        ValueError: If it is no mapping, or ``deviations`` is no list of str.
    """
    if block is None:
        return
    if not isinstance(block, Mapping):
        raise ValueError(
            f'protocol={block!r}, expected a dict with the name and the rules; a bare '
            "name is dict(name='...')"
        )
    deviations = block.get('deviations') or []
    if isinstance(deviations, str) or not all(isinstance(d, str) for d in deviations):
        raise ValueError(
            f'deviations={deviations!r} of the protocol, expected a list of str: one '
            'sentence for each rule that was not followed'
        )


def complete_protocol_block(block: Mapping | None, name: str | None) -> dict:
    """The block with its name first, which is ``name`` where it gives none."""
    check_protocol_block(block)
    rest = dict(block or {})
    return dict(name=rest.pop('name', None) or name, **rest)


def protocol_title(block: Mapping) -> str:
    """The name, and whatever deviates from it right behind: they are never apart."""
    deviations = block.get('deviations')
    if not deviations:
        return str(block['name'])
    return f'{block["name"]} WITH DEVIATIONS ({"; ".join(deviations)})'
