"""The lists of PASCAL-5^i, out of those that VOC and SBD come with."""

from __future__ import annotations

from pathlib import Path

from ..index.image_files import read_split

VOC_SBD_COUNTS = dict(
    train=1464, val=1449, trainaug=10582, pfenet_train=5953, masks=12031
)


def read_lists(voc: Path, sbd: Path) -> dict[str, tuple[str, ...]]:
    """The lists that VOC and SBD come with, merged by :func:`merge_lists`.

    Raises:
        FileNotFoundError: If a list is missing.
    """
    segmentation = voc / 'ImageSets' / 'Segmentation'
    return merge_lists(
        read_split(segmentation / 'train.txt'),
        read_split(segmentation / 'val.txt'),
        read_split(voc / 'ImageSets' / 'Main' / 'val.txt'),
        read_split(sbd / 'train.txt'),
        read_split(sbd / 'val.txt'),
    )


def merge_lists(
    voc_train: tuple[str, ...],
    voc_val: tuple[str, ...],
    voc_main_val: tuple[str, ...],
    sbd_train: tuple[str, ...],
    sbd_val: tuple[str, ...],
) -> dict[str, tuple[str, ...]]:
    """The lists of PASCAL-5^i out of those of VOC and SBD.

    ``trainaug`` is everything with a mask but VOC's val: 12,031 - 1,449 = 10,582.

    ``pfenet_train`` is VOC's train and the 5,623 images of SBD's train that are in no
    val set of VOC 2012 (which SBD's authors published as ``train_noval``): 1,464 +
    5,623 - 1,134 in both = 5,953. The val set that counts is that of classification
    and detection (``ImageSets/Main``, 5,823 images): leaving out the 1,449 of
    segmentation alone could not bring 8,498 below 7,049.

    Args:
        voc_train (tuple[str, ...]): VOC's ``ImageSets/Segmentation/train``.
        voc_val (tuple[str, ...]): VOC's ``ImageSets/Segmentation/val``.
        voc_main_val (tuple[str, ...]): VOC's ``ImageSets/Main/val``.
        sbd_train (tuple[str, ...]): SBD's ``train``.
        sbd_val (tuple[str, ...]): SBD's ``val``.

    Returns:
        dict[str, tuple[str, ...]]: Sorted names of ``train``, ``val``, ``trainaug``,
        ``pfenet_train`` and ``masks`` (every image with a mask).
    """
    train, val = set(voc_train), set(voc_val)
    masks = train | val | set(sbd_train) | set(sbd_val)
    train_noval = set(sbd_train) - set(voc_main_val) - val
    lists = dict(
        train=train,
        val=val,
        trainaug=masks - val,
        pfenet_train=train | train_noval,
        masks=masks,
    )
    return {title: tuple(sorted(names)) for title, names in lists.items()}
