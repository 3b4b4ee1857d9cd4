"""COCO-20^i: MS COCO 2014 with index masks made of its instances."""

from __future__ import annotations

from collections.abc import Sequence

from ..registry import DATASETS
from .few_shot_dataset import FewShotSegDataset
from .folds import COCO_CLASSES, contiguous_folds, interleaved_folds
from .made_by import made_by

_FOLDS = dict(interleaved=interleaved_folds, contiguous=contiguous_folds)


@DATASETS.register_module()
class FewShotCOCODataset(FewShotSegDataset):
    """MS COCO 2014, four folds of twenty classes.

    Class ids are 1 ... 80 in the order of COCO's category ids (``folds.COCO_CLASSES``).
    Masks are index PNGs of those ids, 0 background, 255 ignore, named as the images.

    Args:
        data_root (str): Folder with ``<split>/*.jpg`` and ``masks/<split>/*.png``.
        split (str): 'train2014' or 'val2014'. Defaults to 'train2014'.
        fold (int, optional): Which of the folds is novel. Defaults to None.
        folds (str | Sequence[Sequence[int | str]]): 'interleaved': fold f holds out the
            ids f + 1, f + 5, ... (FWB, HSNet, BAM and most others); 'contiguous': the
            ids 20f + 1 ... 20f + 20 (PANet, PFENet's default); or groups of classes.
            Defaults to 'interleaved'.
        **kwargs: As in :class:`FewShotSegDataset`.

    Examples:
        >>> train = FewShotCOCODataset('data/coco', fold=0, query_pipeline=pipeline)
    """

    METAINFO = dict(classes=COCO_CLASSES)

    def __init__(
        self,
        data_root: str,
        split: str = 'train2014',
        fold: int | None = None,
        folds: str | Sequence[Sequence[int | str]] = 'interleaved',
        **kwargs,
    ) -> None:
        if isinstance(folds, str):
            if folds not in _FOLDS:
                raise ValueError(
                    f'folds={folds!r}, expected one of {sorted(_FOLDS)} or groups of '
                    'classes'
                )
            folds = _FOLDS[folds](len(COCO_CLASSES))
        with made_by(f'coco {data_root} --download'):
            super().__init__(
                data_root, split, f'masks/{split}', fold=fold, folds=folds, **kwargs
            )
