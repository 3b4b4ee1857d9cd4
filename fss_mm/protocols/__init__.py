"""Named protocols: how images are chosen, episodes drawn and results scored.

The fragments themselves lie in ``configs/_base_/protocols``.
"""

from .following import follow_in_test, follow_in_training
from .protocol import Protocol, load_protocol, protocol_names, require_pair_lists
from .test_plan import Test, plan_tests, write_tests

__all__ = [
    'Protocol',
    'Test',
    'follow_in_test',
    'follow_in_training',
    'load_protocol',
    'plan_tests',
    'protocol_names',
    'require_pair_lists',
    'write_tests',
]
