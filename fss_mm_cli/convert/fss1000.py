"""Make FSS-1000's images, masks and lists out of the distributed folders.

fss-mm convert fss1000 data/fss1000

reads data/fss1000/fewshot_data and the official test list, data/fss1000/lists/test.txt.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .options import add_common_options


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        'root',
        type=Path,
        nargs='?',
        default=Path('data/fss1000'),
        help='folder of the result (default: data/fss1000)',
    )
    parser.add_argument(
        '--source', type=Path, help='the class folders (default: ROOT/fewshot_data)'
    )
    parser.add_argument(
        '--lists',
        type=Path,
        help='folder of test.txt and, if you have them, trn.txt and val.txt '
        '(default: ROOT/lists)',
    )
    add_common_options(parser)


def run(args: Namespace) -> int:
    """Convert or verify; returns the exit status."""
    from fss_mm.conversion.command import conclude, verify
    from fss_mm.conversion.fss1000 import CHECKSUMS, convert_fss1000
    from fss_mm.conversion.fss1000_lists import describe_lists, read_lists

    checksums = args.root / CHECKSUMS
    if args.verify:
        return verify(checksums, args.workers)
    source = args.source or args.root / 'fewshot_data'
    lists = args.lists or args.root / 'lists'
    print('\n'.join(describe_lists(lists, list(read_lists(lists)))))
    results = convert_fss1000(args.root, source, lists, args.workers, args.overwrite)
    return conclude(results, checksums)
