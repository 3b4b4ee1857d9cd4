"""Make VOC-8, a small setting of real photographs, out of PASCAL VOC 2012.

fss-mm convert voc8 data/VOCdevkit/VOC2012 data/voc8
FSS_MM_REAL_DATA=data/voc8 fss-mm reproduce simprop/table4 --data voc8

VOC's folder has to hold SegmentationClassAug: fss-mm convert voc-sbd makes it.
configs/voc8/README.md says what the configs need beside the images.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .options import add_common_options


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('voc', type=Path, help='.../VOCdevkit/VOC2012')
    parser.add_argument('out', type=Path, help='folder of VOC-8')
    add_common_options(parser)


def run(args: Namespace) -> int:
    """Convert or verify; returns the exit status."""
    from fss_mm.conversion.command import conclude, verify
    from fss_mm.conversion.voc8 import convert_voc8

    checksums = args.out / 'VOC2012.sha256'
    if args.verify:
        return verify(checksums, args.workers)
    results = convert_voc8(args.voc, args.out, args.workers, args.overwrite)
    return conclude(results, checksums)
