"""A suite that any head can be put through, ours and a stranger's."""

from .case import HeadCase
from .checking import check_head, check_names
from .drawn import StandInBackbone, drawn_inputs, samples_of
from .parametrize import parametrize_with_head_checks
from .results import CheckResult, HeadCheckError

__all__ = [
    'CheckResult',
    'HeadCase',
    'HeadCheckError',
    'StandInBackbone',
    'check_head',
    'check_names',
    'drawn_inputs',
    'parametrize_with_head_checks',
    'samples_of',
]
