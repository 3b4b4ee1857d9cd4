"""Check your own images and masks, and make clean masks of coloured or deep ones.

python tools/dataset_converters/folder.py data/birds

reads data/birds/images and data/birds/masks, in any form of FewShotFolderDataset, lists
every file that cannot be used with the reason and the remedy, and changes none. With
--masks-out it writes clean masks of colour-coded ones (--colors) or deep ones
(--to-8-bit).
"""

import sys
from argparse import Namespace
from pathlib import Path

from fss_mm.conversion.command import (
    add_common_options,
    conclude,
    verify,
)
from fss_mm.conversion.folder_check import check_folder
from fss_mm.conversion.folder_colors import read_colors
from fss_mm.conversion.folder_data import FolderOptions
from fss_mm.conversion.folder_masks import convert_masks
from fss_mm.conversion.folder_report import (
    config_snippet,
    save_checksums,
    summary,
)
from fss_mm.utils.command import run_command, tool_parser

_RESTORE = 'fetch the file again; if it was meant to change, run without --verify'


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('root', type=Path, metavar='DATA_ROOT')
    parser.add_argument('--img-dir', default='images', help='default: images')
    parser.add_argument('--mask-dir', default='masks', help='default: masks')
    parser.add_argument('--annotations', help="JSON in COCO's format, under DATA_ROOT")
    parser.add_argument(
        '--classes', nargs='+', help='names, or a text file of them under DATA_ROOT'
    )
    parser.add_argument(
        '--checksums',
        type=Path,
        help='list of SHA-256 (default: DATA_ROOT/data.sha256)',
    )
    parser.add_argument(
        '--masks-out', type=Path, metavar='DIR', help='write clean masks there'
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        '--colors',
        nargs='+',
        metavar='COLOR=CLASS',
        help="such as '#ff0000=owl', or a text file with a line '#ff0000 owl' each",
    )
    how.add_argument(
        '--to-8-bit', action='store_true', help='keep the values, in one 8-bit channel'
    )
    add_common_options(parser)
    args = parser.parse_args()
    if bool(args.masks_out) != bool(args.colors or args.to_8_bit):
        parser.error('--masks-out goes with one of --colors and --to-8-bit')
    return args


def folder_options(args: Namespace) -> FolderOptions:
    """Where the data lie; a single class that ends with .txt is a list of classes."""
    classes = args.classes
    if classes is not None:
        is_list = len(classes) == 1 and classes[0].endswith('.txt')
        classes = classes[0] if is_list else tuple(classes)
    return FolderOptions(
        args.root, args.img_dir, args.mask_dir, args.annotations, classes
    )


def convert(args: Namespace) -> int:
    """Write clean masks; returns the exit status."""
    out = args.masks_out
    colors = read_colors(args.colors) if args.colors else None
    results, problems, classes = convert_masks(
        folder_options(args), out, colors, args.workers, args.overwrite
    )
    status = conclude(results, out.parent / f'{out.name}.sha256', problems)
    print(f'classes: {" ".join(map(repr, classes))}')
    return status


def check(args: Namespace, checksums: Path) -> int:
    """Check all files; returns the exit status."""
    options = folder_options(args)
    store = checksums.with_name(f'{checksums.name}.json')
    report = check_folder(options, store, args.workers, args.overwrite)
    print(summary(report))
    if report.problems:
        print(f'{len(report.problems):,} problems:', file=sys.stderr)
        print('\n'.join(report.problems), file=sys.stderr)
        return 1
    print(save_checksums(report, checksums))
    print('no problems; save this as a config, and tools/train.py trains it:\n')
    print(config_snippet(options, report.classes))
    return 0


def main() -> int:
    """Check, convert or verify; returns the exit status."""
    args = parse_args()
    checksums = args.checksums or args.root / 'data.sha256'
    if args.verify:
        return verify(checksums, args.workers, _RESTORE)
    return convert(args) if args.masks_out else check(args, checksums)


if __name__ == '__main__':
    run_command(main)
