"""Check your own images and masks, and make clean masks of coloured or deep ones.

fss-mm convert folder data/birds
fss-mm convert folder data/birds --masks-out data/birds/clean --to-8-bit

reads data/birds/images and data/birds/masks, in any form of FewShotFolderDataset, lists
what cannot be used with the reason and the remedy, and changes no file. Without a
problem it prints a config, and what each of its folds trains and tests on. With
--masks-out it writes clean masks of colour-coded ones (--colors) or deep ones
(--to-8-bit).
"""

from __future__ import annotations

import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .options import add_common_options

if TYPE_CHECKING:
    from fss_mm.conversion.check_options import CheckOptions

# of fss_mm, which is not imported for them
CROWDS = ('ignore', 'objects')
FOREGROUNDS = ('white', 'black', 'nonzero')
NOVEL_IMAGES = ('drop', 'keep', 'ignore')
_RESTORE = 'fetch the file again; if it was meant to change, run without --verify'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('root', type=Path, metavar='DATA_ROOT')
    parser.add_argument('--img-dir', default='images', help='default: images')
    parser.add_argument('--mask-dir', default='masks', help='default: masks')
    parser.add_argument(
        '--annotations',
        help="JSON in COCO's format, or a folder of LabelMe's, under DATA_ROOT",
    )
    parser.add_argument(
        '--classes',
        nargs='+',
        help='names; or values of index masks, 3=owl 7=wren; or a text file under '
        'DATA_ROOT with a name or a value and a name in each line',
    )
    add_reading_options(parser)
    add_class_options(parser)
    add_output_options(parser)
    add_common_options(parser)


def add_class_options(parser: ArgumentParser) -> None:
    """Add what is told of objects, classes and lists of images."""
    parser.add_argument(
        '--crowds',
        choices=CROWDS,
        default=CROWDS[0],
        help='what objects with iscrowd are (default: ignored pixels)',
    )
    parser.add_argument(
        '--fit-annotations',
        action='store_true',
        help='scale and turn annotations to the size that images are loaded at',
    )
    parser.add_argument(
        '--min-images',
        type=int,
        default=0,
        metavar='N',
        help='leave out classes in fewer images (default: they are a problem)',
    )
    parser.add_argument(
        '--novel-images',
        choices=NOVEL_IMAGES,
        default=NOVEL_IMAGES[0],
        help='training images with a held-out class (default: left out)',
    )
    for part in ('train', 'test'):
        parser.add_argument(
            f'--{part}-split',
            metavar='LIST',
            help=f'text file of the images to {part} on, under DATA_ROOT',
        )


def add_output_options(parser: ArgumentParser) -> None:
    """Add what is written, beside the report."""
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
        help="such as '#ff0000=owl'; or a text file with a line '#ff0000 owl' each, or "
        "CVAT's labelmap.txt",
    )
    how.add_argument(
        '--to-8-bit', action='store_true', help='keep the values, in one 8-bit channel'
    )


def add_reading_options(parser: ArgumentParser) -> None:
    """Add how images and masks are named and read."""
    parser.add_argument(
        '--img-suffix', help='behind the name of an image, such as _leftImg8bit.png'
    )
    parser.add_argument(
        '--mask-suffix',
        help='behind the name of an image in the name of its mask: _mask.png, .jpg.png,'
        " _mask in any format, or '_*.png' for a file for each instance of a class",
    )
    parser.add_argument(
        '--foreground',
        choices=FOREGROUNDS,
        help='what is the class in masks of one class (default: 1 in masks of 0 and 1, '
        'else 128 and above); white and black take JPEGs, too',
    )
    parser.add_argument(
        '--ignore', nargs='+', type=int, default=(), help='values that count nowhere'
    )
    parser.add_argument(
        '--img-range',
        nargs=2,
        type=float,
        metavar=('LOW', 'HIGH'),
        help='values of images of 16 bits or floats that are black and white',
    )


def folder_options(args: Namespace) -> CheckOptions:
    """Where the data lie; a single class that ends with .txt is a list of classes."""
    from fss_mm.conversion.check_options import CheckOptions

    classes = args.classes
    if classes is not None:
        is_list = len(classes) == 1 and classes[0].endswith('.txt')
        classes = classes[0] if is_list else tuple(classes)
    return CheckOptions(
        args.root,
        args.img_dir,
        args.mask_dir,
        args.annotations,
        classes,
        crowds=args.crowds,
        fit_annotations=args.fit_annotations,
        img_suffix=args.img_suffix,
        mask_suffix=args.mask_suffix,
        foreground=args.foreground,
        ignore=tuple(args.ignore),
        img_range=args.img_range and tuple(args.img_range),
        min_images=args.min_images,
        novel_images=args.novel_images,
        train_split=args.train_split,
        test_split=args.test_split,
    )


def convert(args: Namespace) -> int:
    """Write clean masks; returns the exit status."""
    from fss_mm.conversion.command import conclude
    from fss_mm.conversion.folder_colors import read_colors
    from fss_mm.conversion.folder_masks import convert_masks

    out = args.masks_out
    colors = read_colors(args.colors) if args.colors else None
    results, problems, classes = convert_masks(
        folder_options(args), out, colors, args.workers, args.overwrite
    )
    status = conclude(results, out.parent / f'{out.name}.sha256', problems)
    print(f'classes: {" ".join(map(repr, classes))}')
    if status == 0:
        folder = os.path.relpath(out, args.root)
        print(f'check them with --mask-dir {shlex.quote(folder)}')
    return status


def check(args: Namespace, checksums: Path) -> int:
    """Check all files; returns the exit status."""
    from fss_mm.conversion.folder_check import check_folder
    from fss_mm.conversion.folder_report import how_to_use, save_checksums, summary
    from fss_mm.utils.text import counted

    options = folder_options(args)
    store = checksums.with_name(f'{checksums.name}.json')
    report = check_folder(options, store, args.workers, args.overwrite)
    print(summary(report))
    if report.problems:
        print(f'{counted(len(report.problems), "problem")}:', file=sys.stderr)
        print('\n'.join(report.problems), file=sys.stderr)
        return 1
    print(save_checksums(report, checksums))
    print(how_to_use(report))
    return 0


def run(args: Namespace) -> int:
    """Check, convert or verify; returns the exit status."""
    if bool(args.masks_out) != bool(args.colors or args.to_8_bit):
        raise ValueError('--masks-out goes with one of --colors and --to-8-bit')
    from fss_mm.conversion.command import verify

    checksums = args.checksums or args.root / 'data.sha256'
    if args.verify:
        return verify(checksums, args.workers, _RESTORE)
    return convert(args) if args.masks_out else check(args, checksums)
