"""Make PASCAL-5^i's data: VOC 2012 with VOC's and SBD's masks, and the lists.

fss-mm convert voc-sbd data

downloads what is not there (3.3 GB) and writes data/VOCdevkit/VOC2012.
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
        default=Path('data'),
        help='folder of VOCdevkit and sbd (default: data)',
    )
    parser.add_argument(
        '--no-download',
        action='store_true',
        help='use what lies in ROOT/VOCdevkit/VOC2012 and ROOT/sbd',
    )
    add_common_options(parser)


def run(args: Namespace) -> int:
    """Convert or verify; returns the exit status."""
    from fss_mm.conversion.command import conclude, verify
    from fss_mm.conversion.voc_sbd import CHECKSUMS, convert_voc_sbd, download

    voc, sbd = args.root / 'VOCdevkit' / 'VOC2012', args.root / 'sbd'
    if args.verify:
        return verify(voc / CHECKSUMS, args.workers)
    if not args.no_download:
        download(voc, sbd)
    results = convert_voc_sbd(voc, sbd, args.workers, args.overwrite)
    return conclude(results, voc / CHECKSUMS)
