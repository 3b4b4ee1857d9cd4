"""Make COCO-20^i's masks: an index mask of MS COCO's 80 classes for each image.

fss-mm convert coco data/coco --download

needs pycocotools: pip install 'fss_mm[data]'.
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
        default=Path('data/coco'),
        help='folder of annotations and images (default: data/coco)',
    )
    parser.add_argument('--splits', nargs='+', default=['train2014', 'val2014'])
    parser.add_argument(
        '--download', action='store_true', help='fetch what is not there (20 GB)'
    )
    add_common_options(parser)


def convert(args: Namespace, split: str) -> int:
    """Convert or verify one split; returns the exit status."""
    from fss_mm.conversion.coco import convert_coco
    from fss_mm.conversion.command import conclude, verify

    checksums = args.root / 'masks' / f'{split}.sha256'
    if args.verify:
        return verify(checksums, args.workers)
    results, problems = convert_coco(args.root, split, args.workers, args.overwrite)
    return conclude(results, checksums, problems)


def run(args: Namespace) -> int:
    """Convert or verify every split; returns the exit status."""
    from fss_mm.conversion.coco import download

    if args.download and not args.verify:
        download(args.root, args.splits)
    return max([convert(args, split) for split in args.splits])
