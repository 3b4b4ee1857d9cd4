"""Make PASCAL-5^i's data: VOC 2012 with VOC's and SBD's masks, and the lists.

python tools/dataset_converters/voc_sbd.py data

downloads what is not there (3.3 GB) and writes data/VOCdevkit/VOC2012.
"""

from argparse import Namespace
from pathlib import Path

from fss_mm.conversion.command import (
    add_common_options,
    conclude,
    verify,
)
from fss_mm.conversion.voc_sbd import CHECKSUMS, convert_voc_sbd, download
from fss_mm.utils.command import run_command, tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
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
    return parser.parse_args()


def main() -> int:
    """Convert or verify; returns the exit status."""
    args = parse_args()
    voc, sbd = args.root / 'VOCdevkit' / 'VOC2012', args.root / 'sbd'
    if args.verify:
        return verify(voc / CHECKSUMS, args.workers)
    if not args.no_download:
        download(voc, sbd)
    results = convert_voc_sbd(voc, sbd, args.workers, args.overwrite)
    return conclude(results, voc / CHECKSUMS)


if __name__ == '__main__':
    run_command(main)
