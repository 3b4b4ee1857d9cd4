"""A user's own images and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..index.class_index import ClassIndex
from ..index.file_listing import list_images
from ..index.folder_index import index_of_images, mask_source
from ..index.image_files import read_images
from ..registry import DATASETS
from .few_shot_dataset import FewShotSegDataset
from .folds import folds_of


@DATASETS.register_module()
class FewShotFolderDataset(FewShotSegDataset):
    """Images in a folder, with masks in one of four forms.

    - Index masks ``<mask_dir>/<image name>.png``, whose values are class ids, with
      ``classes`` to name them.
    - Binary masks ``<mask_dir>/<class>/<image name>.png``: one folder for each class.
    - ``annotations``, a JSON in COCO's format, or a folder of LabelMe's JSONs, one for
      each image (both need pycocotools).

    Images are of any format and may lie in folders; a mask has its image's name. An
    image without a mask shows none of the classes. Use ``LoadFewShotMask`` in the
    pipelines; ``configs/_base_/datasets/folder.py`` is a whole data config.
    ``tools/dataset_converters/folder.py`` checks every file.

    Args:
        data_root (str): Folder that the other paths start from.
        img_dir (str): Defaults to 'images'.
        mask_dir (str): Defaults to 'masks'.
        annotations (str, optional): JSON in COCO's format, or a folder of LabelMe's
            JSONs, instead of ``mask_dir``. Names of images in it may have folders or
            upload prefixes of the tool that wrote them. Defaults to None.
        classes (Sequence[str] | str, optional): Names of the classes, or a text file of
            them, one a line, under ``data_root``. Needed for index masks; else defaults
            to all folders, labels, or categories that have an annotation.
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
        classes: Sequence[str] | str | None = None,
        crowds: str = 'ignore',
        fit_annotations: bool = False,
        folds: Sequence[Sequence[int | str]] | Mapping | None = None,
        **kwargs,
    ) -> None:
        self.source = mask_source(
            Path(data_root),
            mask_dir,
            annotations,
            classes,
            img_dir,
            crowds,
            fit_annotations,
        )
        self.annotations = annotations
        self.crowds, self.fit_annotations = crowds, fit_annotations
        if folds is None or isinstance(folds, Mapping):
            folds = self._folds(Path(data_root) / img_dir, folds, **kwargs)
        super().__init__(
            data_root,
            img_dir,
            mask_dir,
            metainfo=dict(classes=self.source.classes),
            folds=folds,
            **kwargs,
        )

    def _folds(
        self,
        img_dir: Path,
        folds: Mapping | None,
        fold: int | None = None,
        min_images: int = 0,
        **_,
    ) -> tuple[tuple[int, ...], ...] | None:
        """Folds of the classes that are not left out for too few images."""
        if fold is None:
            return None
        ids = range(1, len(self.source.classes) + 1)
        if min_images:
            names = tuple(list_images(img_dir).files)
            index = self.source.index().of_images(names)
            ids = [c for c in ids if len(index.images_with(c)) >= min_images]
        return folds_of(ids, folds)

    def load_index(self) -> ClassIndex:
        """Index of the images, in their order, with all that is wrong with files."""
        self._require_image_folder()
        listing = list_images(self.img_dir)
        self.image_files = listing.files
        names = None
        if self.split is not None:
            names = read_images(self.data_root / self.split, listing.files)
        return index_of_images(self.source.index(), listing, self.img_dir, names)

    def image_info(self, image: int, class_id: int) -> dict:
        """What the pipeline starts from: the image's path, and where its mask is."""
        name = self.index.names[image]
        path = str(self.img_dir / self.image_files[name])
        mask = self.source.info(name, class_id, self.ignored_classes)
        return dict(name=name, img_path=path, **mask)

    def image_key(self, image: int) -> tuple:
        """What makes an image the same in two data sets: its file and its masks."""
        how = self.annotations, self.crowds, self.fit_annotations
        return (*super().image_key(image), *how)
