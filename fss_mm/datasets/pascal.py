"""PASCAL-5^i: VOC 2012 images with VOC's and SBD's masks, in VOC's layout."""

from __future__ import annotations

from ..registry import DATASETS
from .few_shot_dataset import FewShotSegDataset
from .folds import VOC_CLASSES
from .made_by import made_by, voc_sbd


@DATASETS.register_module()
class FewShotPascalDataset(FewShotSegDataset):
    """PASCAL VOC 2012, four folds of five classes.

    Fold f holds out the classes 5f + 1 ... 5f + 5 (Shaban et al., OSLSM). The masks
    of SBD, converted to index masks, lie beside VOC's in ``SegmentationClassAug``.

    Args:
        data_root (str): VOC's folder, with ``JPEGImages`` and ``ImageSets``.
        split (str): Name of a list in ``ImageSets/Segmentation``. Defaults to
            'trainaug'.
        img_dir (str): Defaults to 'JPEGImages'.
        mask_dir (str): Defaults to 'SegmentationClassAug'.
        **kwargs: As in :class:`FewShotSegDataset`.

    Examples:
        >>> train = FewShotPascalDataset('data/VOCdevkit/VOC2012', fold=0,
        ...     query_pipeline=pipeline)
        >>> val = FewShotPascalDataset('data/VOCdevkit/VOC2012', split='val', fold=0,
        ...     test_mode=True, min_pixels=2048, query_pipeline=pipeline)
    """

    METAINFO = dict(classes=VOC_CLASSES)

    def __init__(
        self,
        data_root: str,
        split: str = 'trainaug',
        img_dir: str = 'JPEGImages',
        mask_dir: str = 'SegmentationClassAug',
        **kwargs,
    ) -> None:
        split = f'ImageSets/Segmentation/{split}.txt'
        with made_by(voc_sbd(data_root)):
            super().__init__(data_root, img_dir, mask_dir, split, **kwargs)
