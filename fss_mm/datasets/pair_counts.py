"""How many images and pairs a protocol leaves on a fold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .class_index import build_class_index
from .episode_draws import select_candidates
from .folds import VOC_CLASSES, contiguous_folds, held_out_classes
from .image_files import read_split
from .protocols import PROTOCOLS


def count_pairs(data_root: str | Path, mask_dir: str, protocol: str, fold: int) -> dict:
    """Count what a protocol leaves on a fold of PASCAL-5^i.

    Args:
        data_root (str | Path): VOC's folder, with ``ImageSets`` and the masks.
        mask_dir (str): Folder of masks in it.
        protocol (str): Key of :data:`PROTOCOLS`.
        fold (int): The fold that is held out.

    Returns:
        dict: ``protocol``, ``fold``, ``min_pixels``, and for ``train`` (base classes)
        and ``val`` (novel ones): ``split``, ``images``, ``pairs`` and ``per_class``.

    Raises:
        ValueError: For masks that cannot be used.
        FileNotFoundError: For missing masks, folders or lists.
    """
    rules = PROTOCOLS[protocol]
    index = build_class_index(Path(data_root) / mask_dir)
    novel = held_out_classes(contiguous_folds(len(VOC_CLASSES)), fold)
    base = [c for c in range(1, len(VOC_CLASSES) + 1) if c not in novel]
    dropped = novel if rules.novel_images == 'drop' else ()

    def count(split: str, classes: Sequence[int], drop: Sequence[int]) -> dict:
        path = Path(data_root) / 'ImageSets/Segmentation' / f'{split}.txt'
        names = {c: VOC_CLASSES[c - 1] for c in classes}
        images = index.subset(read_split(path))
        images.require_usable(len(VOC_CLASSES))
        chosen = select_candidates(images, names, rules.min_pixels, drop)
        return dict(
            split=split,
            images=len({image for _, image in chosen.pairs}),
            pairs=len(chosen.pairs),
            per_class={names[c]: len(chosen.images[c]) for c in chosen.classes},
        )

    return dict(
        protocol=protocol,
        fold=fold,
        min_pixels=rules.min_pixels,
        train=count(rules.train_split, base, dropped),
        val=count(rules.val_split, novel, ()),
    )
