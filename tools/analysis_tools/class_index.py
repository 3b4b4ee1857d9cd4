"""Count the images and pairs that a protocol leaves on a fold of PASCAL-5^i.

python tools/analysis_tools/class_index.py data/VOCdevkit/VOC2012 --protocol bam
"""

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from prettytable import PrettyTable

from fss_mm.datasets.folds import VOC_CLASSES, contiguous_folds, held_out_classes
from fss_mm.datasets.made_by import made_by, voc_sbd
from fss_mm.episodes import select_candidates
from fss_mm.index import build_class_index
from fss_mm.index.image_files import read_split
from fss_mm.protocols import load_protocol, protocol_names
from fss_mm_cli.errors import run_command
from fss_mm_cli.parser import tool_parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = tool_parser(__doc__)
    parser.add_argument('data_root', type=Path, help="VOC's folder, with ImageSets")
    parser.add_argument('--mask-dir', default='SegmentationClassAug')
    parser.add_argument('--protocol', default='pfenet', help=f'of {protocol_names()}')
    parser.add_argument('--fold', type=int, default=0)
    parser.add_argument('--json', action='store_true', help='print JSON')
    return parser.parse_args()


def count_pairs(data_root: str | Path, mask_dir: str, protocol: str, fold: int) -> dict:
    """Count what a protocol leaves on a fold of PASCAL-5^i.

    Args:
        data_root (str | Path): VOC's folder, with ``ImageSets`` and the masks.
        mask_dir (str): Folder of masks in it.
        protocol (str): Name of a protocol, or a file.
        fold (int): The fold that is held out.

    Returns:
        dict: ``protocol``, ``fold``, and for ``train`` (base classes) and ``val``
        (novel ones): ``split``, ``min_pixels``, ``min_grid_pixels``, ``images``,
        ``pairs`` and ``per_class``.

    Raises:
        ValueError: For masks that cannot be used.
        FileNotFoundError: For missing masks, folders or lists.
    """
    rules = load_protocol(protocol, 'FewShotPascalDataset')
    with made_by(voc_sbd(data_root)):
        index = build_class_index(Path(data_root) / mask_dir)
    novel = held_out_classes(contiguous_folds(len(VOC_CLASSES)), fold)
    base = [c for c in range(1, len(VOC_CLASSES) + 1) if c not in novel]

    def count(fields: dict, classes: Sequence[int]) -> dict:
        path = Path(data_root) / f'ImageSets/Segmentation/{fields["split"]}.txt'
        names = {c: VOC_CLASSES[c - 1] for c in classes}
        images = index.subset(read_split(path))
        images.require_usable(len(VOC_CLASSES))
        least = {k: fields[k] for k in ('min_pixels', 'min_grid_pixels')}
        dropped = tuple(novel) if fields.get('novel_images') == 'drop' else ()
        chosen = select_candidates(images, names, drop_classes=dropped, **least)
        return dict(
            split=fields['split'],
            **least,
            images=len({image for _, image in chosen.pairs}),
            pairs=len(chosen.pairs),
            per_class={names[c]: len(chosen.images[c]) for c in chosen.classes},
        )

    train, val = count(rules.train, base), count(rules.test, novel)
    return dict(protocol=rules.name, fold=fold, train=train, val=val)


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
    run_command(main)
