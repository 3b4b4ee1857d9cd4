"""A user's own images and masks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.logging import print_log

from ..index.class_index import ClassIndex
from ..index.folder_index import index_of_images
from ..index.folder_options import FolderOptions
from ..index.image_files import read_images
from ..index.mask_sources import MaskFileSource
from ..registry import DATASETS
from ..utils.text import group_lines
from .few_shot_dataset import FewShotSegDataset
from .folds import folds_of
from .transforms.load_few_shot_image import require_scaling


@DATASETS.register_module()
class FewShotFolderDataset(FewShotSegDataset):
    """Images in a folder, with masks in one of four forms.

    - Index masks ``<mask_dir>/<image name>.png``, whose values are class ids, with
      ``classes`` to name them.
    - Masks of one class: ``<mask_dir>/<class>/<image name>.png``, a folder for each.
    - Masks of the only class, ``<mask_dir>/<image name>.png``, with ``foreground``.
    - ``annotations``, a JSON in COCO's format, or a folder of LabelMe's JSONs, one for
      each image (both need pycocotools).

    Images are of any format and may lie in folders; a mask has its image's name, unless
    ``mask_suffix`` says more. An image without a mask shows none of the classes. Use
    ``LoadFewShotImage`` and ``LoadFewShotMask`` in the pipelines;
    ``configs/_base_/datasets/folder.py`` is a whole data config.
    ``fss-mm convert folder`` checks every file and has the same options.

    Args:
        data_root (str): Folder that the other paths start from.
        img_dir (str): Defaults to 'images'.
        mask_dir (str): Defaults to 'masks'. With ``mask_suffix`` it may be
            ``img_dir``.
        annotations (str, optional): JSON in COCO's format, or a folder of LabelMe's
            JSONs, instead of ``mask_dir``. Names of images in it may have folders or
            upload prefixes of the tool that wrote them. Defaults to None.
        classes (Sequence[str] | Mapping[int, str] | str, optional): Names of the
            classes, or a text file of them, one a line, under ``data_root``. Needed for
            index masks; else defaults to all folders, labels, or categories that have
            an annotation. In index masks the first class has the id 1, and a first name
            such as 'background' the id 0. If a value is not its place in the list: a
            mapping ``{3: 'owl'}``, or lines ``3 owl``; other values are background
            then, 255 apart.
        crowds (str): What objects with ``iscrowd`` in COCO's JSON are: 'ignore', pixels
            that count nowhere, or 'objects' as all others, for tools such as CVAT that
            write every brush mask so. Defaults to 'ignore'.
        fit_annotations (bool): Scale annotations that were made at another size than
            the image has, and turn those that were made of the image as it is stored
            although its EXIF tag turns it. Defaults to False: they are refused.
        folds (Sequence[Sequence[int | str]] | dict, optional): Groups of classes by
            name or id, or ``dict(num_folds=4, seed=0)`` to draw them. Defaults to four
            groups of consecutive ids. Where these are made, ``min_images`` leaves
            classes out of them.
        img_suffix (str, optional): What stands behind a name in the file of an image,
            such as '_leftImg8bit.png'. Defaults to None: any format.
        mask_suffix (str, optional): The same of masks: '_mask.png', '.jpg.png';
            '_mask' in any format; '_*.png' for a file for each instance of a class.
            Defaults to None.
        foreground (str, optional): What is the class in masks of one class: 'white',
            'black' or 'nonzero'; see :class:`~fss_mm.index.mask_reading.MaskReading`.
            The first two take JPEGs as well. Defaults to None: 1 in masks of 0 and 1,
            else from 128 on.
        ignore (Sequence[int]): Values of masks that count nowhere. Defaults to ().
        img_range (tuple[float, float], optional): Values of deep images that are black
            and white: (0, 65535) for 16 bits, (0, 1) for floats. Defaults to None.
        **kwargs: As in :class:`FewShotSegDataset`: ``fold`` or ``novel_classes``,
            ``split``, pipelines and so on.

    Raises:
        FileNotFoundError: If a folder or a file is missing.
        ValueError: Listing every file that cannot be used, with reason and remedy.

    Examples:
        >>> dataset = FewShotFolderDataset('data/birds', novel_classes=('owl',),
        ...     query_pipeline=pipeline, test_mode=True)
    """

    def __init__(
        self,
        data_root: str,
        img_dir: str = 'images',
        mask_dir: str = 'masks',
        annotations: str | None = None,
        classes: Sequence[str] | Mapping[int | str, str] | str | None = None,
        crowds: str = 'ignore',
        fit_annotations: bool = False,
        folds: Sequence[Sequence[int | str]] | Mapping | None = None,
        img_suffix: str | None = None,
        mask_suffix: str | None = None,
        foreground: str | None = None,
        ignore: Sequence[int] = (),
        img_range: tuple[float, float] | None = None,
        **kwargs,
    ) -> None:
        self.options = FolderOptions(
            Path(data_root),
            img_dir=img_dir,
            mask_dir=mask_dir,
            annotations=annotations,
            classes=classes,
            crowds=crowds,
            fit_annotations=fit_annotations,
            img_suffix=img_suffix,
            mask_suffix=mask_suffix,
            foreground=foreground,
            ignore=ignore,
            img_range=img_range,
        )
        self.source = self.options.source()
        if folds is None or isinstance(folds, Mapping):
            least = kwargs.get('min_images', 0)
            folds = self._folds(folds, kwargs.get('fold'), least)
        super().__init__(
            data_root,
            img_dir,
            mask_dir,
            metainfo=dict(classes=self.source.classes),
            folds=folds,
            img_suffix=img_suffix,
            mask_suffix=mask_suffix,
            **kwargs,
        )
        if img_range is not None:
            require_scaling(self.loader.pipelines.values())

    def _folds(
        self,
        folds: Mapping | None,
        fold: int | None,
        min_images: int,
    ) -> tuple[tuple[int, ...], ...] | None:
        """Folds of the classes that are not left out for too few images."""
        if fold is None:
            return None
        ids = range(1, len(self.source.classes) + 1)
        if min_images:
            names = tuple(self.options.images().files)
            index = self.source.index().of_images(names)
            ids = [c for c in ids if len(index.images_with(c)) >= min_images]
        return folds_of(ids, folds)

    def load_index(self) -> ClassIndex:
        """Index of the images, in their order, with all that is wrong with files."""
        listing = self.options.images()
        self.image_files = listing.files
        names = None
        if self.split is not None:
            names = read_images(self.data_root / self.split, listing.files)
        if not isinstance(self.source, MaskFileSource):
            return index_of_images(self.source.index(), listing, self.img_dir, names)
        table = self.source.scan()
        index = self.source.index_of(table)
        for line in group_lines(self.source.doubts(table), 'classes'):
            print_log(line, 'current', logging.WARNING)
        files = filter(None, map(self.source.inside, table.files))
        return index_of_images(index, listing, self.img_dir, names, files)

    def image_info(self, image: int, class_id: int) -> dict:
        """What the pipeline starts from: the image's path, and where its mask is."""
        name = self.index.names[image]
        info = dict(name=name, img_path=str(self.img_dir / self.image_files[name]))
        if self.options.img_range is not None:
            info['img_range'] = tuple(self.options.img_range)
        return info | self.source.info(name, class_id, self.ignored_classes)

    def image_key(self, image: int) -> tuple:
        """As in :class:`FewShotSegDataset`, with how image and mask are read."""
        return (*super().image_key(image), repr(self.options))
