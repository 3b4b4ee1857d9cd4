"""How many images and pairs a protocol leaves on a fold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..datasets.folds import VOC_CLASSES, contiguous_folds, held_out_classes
from ..episodes import select_candidates
from ..index import build_class_index
from ..index.image_files import read_split
from .protocol import load_protocol


def count_pairs(data_root: str | Path, mask_dir: str, protocol: str, fold: int) -> dict:
    """Count what a protocol leaves on a fold of PASCAL-5^i.

    Args:
        data_root (str | Path): VOC's folder, with ``ImageSets`` and the masks.
        mask_dir (str): Folder of masks in it.
        protocol (str): Name of a protocol, or a file.
        fold (int): The fold that is held out.

    Returns:
        dict: ``protocol``, ``fold``, and for ``train`` (base classes)
        and ``val`` (novel ones): ``split``,
        ``min_pixels``, ``min_grid_pixels``, ``images``, ``pairs`` and ``per_class``.

    Raises:
        ValueError: For masks that cannot be used.
        FileNotFoundError: For missing masks, folders or lists.
    """
    rules = load_protocol(protocol, 'FewShotPascalDataset')
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
