"""The checks, a theme a file; importing them registers them, in this order."""

from . import (  # noqa: I001  the order in which they are made
    outputs,
    shots,
    classes,
    encode_once,
    masks,
    gradients,
    randomness,
    devices,
    refusals,
)

__all__ = [
    'classes',
    'devices',
    'encode_once',
    'gradients',
    'masks',
    'outputs',
    'randomness',
    'refusals',
    'shots',
]
