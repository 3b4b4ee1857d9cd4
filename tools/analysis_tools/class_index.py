"""Count the images and pairs that a protocol leaves on a fold of PASCAL-5^i.

python tools/analysis_tools/class_index.py data/VOCdevkit/VOC2012 --protocol bam
"""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from prettytable import PrettyTable

from fss_mm.protocols import protocol_names
from fss_mm.protocols.pair_counts import count_pairs


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data_root', type=Path, help="VOC's folder, with ImageSets")
    parser.add_argument('--mask-dir', default='SegmentationClassAug')
    parser.add_argument('--protocol', default='pfenet', help=f'of {protocol_names()}')
    parser.add_argument('--fold', type=int, default=0)
    parser.add_argument('--json', action='store_true', help='print JSON')
    return parser.parse_args()


def format_counts(counts: dict) -> str:
    """The counts as two tables."""
    text = []
    for part in ('train', 'val'):
        table = PrettyTable(['class', 'pairs'], align='r')
        table.add_rows(list(counts[part]['per_class'].items()))
        found = counts[part]
        text.append(
            f'{part}: {found["images"]} images, {found["pairs"]} pairs '
            f'(list {found["split"]}, at least {found["min_pixels"]} pixels, '
            f'{found["min_grid_pixels"]} on the grid)\n{table}'
        )
    return '\n'.join(text)


def main() -> None:
    """Print the counts."""
    args = parse_args()
    counts = count_pairs(args.data_root, args.mask_dir, args.protocol, args.fold)
    print(json.dumps(counts, indent=1) if args.json else format_counts(counts))


if __name__ == '__main__':
    main()
