"""Make COCO-20^i's masks: an index mask of MS COCO's 80 classes for each image.

python tools/dataset_converters/coco.py data/coco --download

needs pycocotools: pip install 'fss_mm[coco]'.
"""

from argparse import Namespace
from pathlib import Path

from fss_mm.conversion.coco import convert_coco, download
from fss_mm.conversion.command import (
    add_common_options,
    conclude,
    verify,
)
from fss_mm.utils.command import run_command, tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument(
        'root',
        type=Path,
        nargs='?',
        default=Path('data/coco'),
        help='folder of annotations and images (default: data/coco)',
    )
    parser.add_argument('--splits', nargs='+', default=['train2014', 'val2014'])
    parser.add_argument(
        '--download', action='store_true', help='fetch what is not there (20 GB)'
    )
    add_common_options(parser)
    return parser.parse_args()


def convert(args: Namespace, split: str) -> int:
    """Convert or verify one split; returns the exit status."""
    checksums = args.root / 'masks' / f'{split}.sha256'
    if args.verify:
        return verify(checksums, args.workers)
    results, problems = convert_coco(args.root, split, args.workers, args.overwrite)
    return conclude(results, checksums, problems)


def main() -> int:
    """Convert or verify every split; returns the exit status."""
    args = parse_args()
    if args.download and not args.verify:
        download(args.root, args.splits)
    return max([convert(args, split) for split in args.splits])


if __name__ == '__main__':
    run_command(main)
