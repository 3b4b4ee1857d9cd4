"""Count the images and pairs that a protocol leaves on a fold of PASCAL-5^i.

python tools/analysis_tools/class_index.py data/VOCdevkit/VOC2012 --protocol bam --fold 0
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from prettytable import PrettyTable

from fss_mm.datasets import build_class_index, select_candidates
from fss_mm.datasets.few_shot_dataset import read_split
from fss_mm.datasets.folds import VOC_CLASSES, contiguous_folds, held_out_classes
from fss_mm.datasets.protocols import PROTOCOLS


def parse_args() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data_root', type=Path, help="VOC's folder, with ImageSets")
    parser.add_argument('--mask-dir', default='SegmentationClassAug')
    parser.add_argument('--protocol', choices=sorted(PROTOCOLS), default='pfenet')
    parser.add_argument('--fold', type=int, default=0)
    parser.add_argument('--json', action='store_true', help='print JSON')
    return parser.parse_args()


def count_pairs(data_root: Path, mask_dir: str, protocol: str, fold: int) -> dict:
    """Images, pairs and pairs per class, for train (base) and val (novel classes)."""
    rules = PROTOCOLS[protocol]
    index = build_class_index(data_root / mask_dir)
    for name, reason in index.errors.items():
        print(f'{name}: {reason}', file=sys.stderr)
    novel = held_out_classes(contiguous_folds(len(VOC_CLASSES)), fold)
    base = [c for c in range(1, len(VOC_CLASSES) + 1) if c not in novel]
    dropped = novel if rules.novel_images == 'drop' else ()
    counts = dict(protocol=protocol, fold=fold, min_pixels=rules.min_pixels)
    for part, split, classes, drop in (
        ('train', rules.train_split, base, dropped),
        ('val', rules.val_split, novel, ()),
    ):
        images = index.subset(
            read_split(data_root / f'ImageSets/Segmentation/{split}.txt')
        )
        names = {c: VOC_CLASSES[c - 1] for c in classes}
        chosen = select_candidates(images, names, rules.min_pixels, drop)
        counts[part] = dict(
            split=split,
            images=len({image for _, image in chosen.pairs}),
            pairs=len(chosen.pairs),
            per_class={names[c]: len(chosen.images[c]) for c in chosen.classes},
        )
    return counts


def format_counts(counts: dict) -> str:
    """The counts as two tables."""
    text = []
    for part in ('train', 'val'):
        table = PrettyTable(['class', 'pairs'], align='r')
        table.add_rows(list(counts[part]['per_class'].items()))
        text.append(
            f'{part}: {counts[part]["images"]} images, {counts[part]["pairs"]} pairs '
            f'(list {counts[part]["split"]}, at least {counts["min_pixels"]} pixels)\n'
            f'{table}'
        )
    return '\n'.join(text)


def main() -> None:
    """Print the counts."""
    args = parse_args()
    counts = count_pairs(args.data_root, args.mask_dir, args.protocol, args.fold)
    print(json.dumps(counts, indent=1) if args.json else format_counts(counts))


if __name__ == '__main__':
    main()
