"""FSS-1000: a thousand classes of ten images each."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..episodes.candidates import EpisodeCandidates
from ..index.binary_masks import USUAL, binary_counts
from ..index.binary_problems import binary_problems
from ..index.class_folder_source import class_folders
from ..index.class_index import ClassIndex
from ..index.image_files import read_split
from ..index.mask_table import MaskTable, scan_masks
from ..registry import DATASETS
from .checks import list_images
from .few_shot_dataset import FewShotSegDataset
from .made_by import made_by

_HELD_OUT = dict(train=('val', 'test'), val=('val',), test=('test',))


@DATASETS.register_module()
class FSS1000Dataset(FewShotSegDataset):
    """FSS-1000 (Li et al., CVPR 2020), as its converter lays it out.

    An image shows one class, that of its folder, in a binary mask. There are no folds:
    the classes of a list are trained, validated or tested. Class ids are 1 ... 1000 in
    the order of the folders' names. Use ``LoadFewShotMask`` in the pipelines.

    Args:
        data_root (str): Folder with ``images/<class>/<n>.jpg``,
            ``masks/<class>/<n>.png`` and ``splits/{train,val,test}.txt``, which name
            classes (``fss-mm convert fss1000``).
        split (str): 'train', 'val' or 'test'. Defaults to 'train'.
        **kwargs: As in :class:`FewShotSegDataset`, but for what says which classes are
            held out.

    Raises:
        FileNotFoundError: If a folder or a list is missing.
        ValueError: If there is no such split, or a list names an unknown class.

    Examples:
        >>> test = FSS1000Dataset('data/fss1000', split='test', test_mode=True,
        ...     query_pipeline=pipeline)
    """

    def __init__(self, data_root: str, split: str = 'train', **kwargs) -> None:
        if split not in _HELD_OUT:
            raise ValueError(f'split={split!r}, expected one of {sorted(_HELD_OUT)}')
        if kwargs.pop('fold', None) is not None:
            raise ValueError('FSS-1000 has no folds; leave --fold out')
        root = Path(data_root)
        with made_by(f'fss1000 {data_root}'):
            lists = {s: read_split(root / f'splits/{s}.txt') for s in _HELD_OUT}
            super().__init__(
                data_root,
                split=split,
                metainfo=dict(classes=tuple(class_folders(root / 'masks'))),
                novel_classes=[c for part in _HELD_OUT[split] for c in lists[part]],
                base_classes=lists['train'],
                **kwargs,
            )

    def load_index(self) -> ClassIndex:
        """Index of the images of the classes that episodes are drawn of."""
        table = scan_masks(self.mask_dir, (self.mask_suffix,))
        self.image_files = list_images(self.img_dir, self.img_suffix)
        self.mask_files = dict(zip(table.names, table.files))
        ids = {name: i for i, name in enumerate(self.classes, start=1)}
        folders = [name.partition('/')[0] for name in table.names]
        rows = [
            (mask, ids[folders[mask]], pixels, on_grid)
            for mask, pixels, on_grid in binary_counts(table)
            if folders[mask] in ids
        ]
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        tested = {self.classes[c - 1] for c in self.wanted_classes}
        names = [name for name in table.names if name.partition('/')[0] in tested]
        index = ClassIndex.from_rows(table.names, rows, self._errors(table))
        return index.of_images(names)

    @cached_property
    def candidates(self) -> EpisodeCandidates:
        """As in :class:`FewShotSegDataset`, a class's images in order of their numbers.

        HSNet's code draws supports by number and takes queries in the order of names,
        in which 10 comes before 2.
        """
        found = super().candidates
        images = {
            class_id: np.array(sorted(own.tolist(), key=self._number), dtype=np.int64)
            for class_id, own in found.images.items()
        }
        return replace(found, images=images)

    def _number(self, image: int) -> tuple[int, str]:
        stem = self.index.names[image].rpartition('/')[2]
        return int(stem) if stem.isdecimal() else 0, stem

    def _errors(self, table: MaskTable) -> dict[str, str]:
        reasons = {table.files[m]: why for m, why in binary_problems(table).items()}
        reasons |= table.errors
        errors = {file: f'masks/{file}: {why}' for file, why in reasons.items()}
        return errors | {
            name: f'{name}{self.img_suffix}: no such image; convert the data again'
            for name in table.names
            if name not in self.image_files
        }

    def image_info(self, image: int, class_id: int) -> dict:
        """What the pipeline starts from."""
        return dict(super().image_info(image, class_id), mask_reading=USUAL)
