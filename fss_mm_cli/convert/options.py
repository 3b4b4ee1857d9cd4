"""Options that all converters share."""

from __future__ import annotations

import os
from argparse import ArgumentParser


def add_common_options(parser: ArgumentParser) -> None:
    """Add ``--workers``, ``--overwrite`` and ``--verify``."""
    parser.add_argument(
        '--workers', type=int, default=os.cpu_count() or 1, help='processes'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='make again what is there and intact'
    )
    parser.add_argument(
        '--verify',
        action='store_true',
        help='only compare the result with its SHA-256, and list what differs',
    )
