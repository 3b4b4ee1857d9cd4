"""A user's own images and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..registry import DATASETS
from .class_index import ClassIndex, join_lines
from .coco_json_source import COCOJsonSource
from .few_shot_dataset import FewShotSegDataset
from .file_listing import FileListing, composed, list_images, name_of
from .folds import drawn_folds
from .image_files import read_split
from .mask_sources import (
    ClassFolderSource,
    IndexMaskSource,
    MaskSource,
    class_folders,
)


@DATASETS.register_module()
class FewShotFolderDataset(FewShotSegDataset):
    """Images in a folder, with masks in one of three forms.

    - Index masks ``<mask_dir>/<image name>.png``, whose values are class ids, with
      ``classes`` to name them.
    - Binary masks ``<mask_dir>/<class>/<image name>.png``: one folder for each class.
    - A JSON in COCO's format, ``annotations`` (needs pycocotools).

    Images are of any format and may lie in folders; a mask has its image's name. An
    image without a mask shows none of the classes. Use ``LoadFewShotMask`` in the
    pipelines; ``configs/_base_/datasets/folder.py`` is a whole data config.
    ``tools/dataset_converters/folder.py`` checks every file.

    Args:
        data_root (str): Folder that the other paths start from.
        img_dir (str): Defaults to 'images'.
        mask_dir (str): Defaults to 'masks'.
        annotations (str, optional): JSON in COCO's format, instead of ``mask_dir``.
            Defaults to None.
        classes (Sequence[str] | str, optional): Names of the classes, or a text file of
            them, one a line, under ``data_root``. Needed for index masks; else defaults
            to all folders, or categories.
        folds (Sequence[Sequence[int | str]] | dict, optional): Groups of classes by
            name or id, or ``dict(num_folds=4, seed=0)`` to draw them. Defaults to four
            groups of consecutive ids.
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
        folds: Sequence[Sequence[int | str]] | Mapping | None = None,
        **kwargs,
    ) -> None:
        self.source = mask_source(Path(data_root), mask_dir, annotations, classes)
        if isinstance(folds, Mapping):
            drawn = kwargs.get('fold') is not None
            folds = drawn_folds(len(self.source.classes), **folds) if drawn else None
        super().__init__(
            data_root,
            img_dir,
            mask_dir,
            metainfo=dict(classes=self.source.classes),
            folds=folds,
            **kwargs,
        )

    def load_index(self) -> ClassIndex:
        """Index of the images, in their order, with all that is wrong with files."""
        self._require_image_folder()
        listing = list_images(self.img_dir)
        self.image_files = listing.files
        names = None
        if self.split is not None:
            names = read_split(self.data_root / self.split)
        return index_of_images(self.source.index(), listing, self.img_dir, names)

    def image_info(self, image: int, class_id: int) -> dict:
        """What the pipeline starts from: the image's path, and where its mask is."""
        name = self.index.names[image]
        path = str(self.img_dir / self.image_files[name])
        return dict(name=name, img_path=path, **self.source.info(name, class_id))


def index_of_images(
    index: ClassIndex,
    listing: FileListing,
    img_dir: Path,
    names: Sequence[str] | None = None,
) -> ClassIndex:
    """Index of the images in a folder, with what is wrong with them and their masks.

    Args:
        index (ClassIndex): Of all masks.
        listing (FileListing): Of the images.
        img_dir (Path): Their folder.
        names (Sequence[str], optional): The images to take; what is wrong with others
            does not matter. Defaults to all.
    """
    lines = [
        (name_of(path), f'{img_dir.name}/{path}: {why}')
        for path, why in listing.problems.items()
    ]
    wanted = {*listing.files, *index.names} if names is None else set(names)
    for name in sorted(wanted - {*listing.files, *(name for name, _ in lines)}):
        why = f'no image {img_dir / name}.*; add it, or remove its mask'
        lines.append((name, f'{name}: {why}'))
    index = index.of_images(tuple(names or listing.files), join_lines(lines))
    if names is None:
        return index
    errors = {name: text for name, text in index.errors.items() if name in wanted}
    return replace(index, errors=errors)


def mask_source(
    root: Path,
    mask_dir: str = 'masks',
    annotations: str | None = None,
    classes: Sequence[str] | str | None = None,
) -> MaskSource:
    """Find out in which of the three forms masks are; the arguments are the data set's.

    Raises:
        FileNotFoundError: If a folder or a file is missing.
        ValueError: If classes are missing, named twice or too many.
    """
    if isinstance(classes, str):
        classes = read_split(root / classes)
    elif classes is not None:
        classes = tuple(map(composed, classes))
    if len(set(classes or ())) < len(classes or ()):
        raise ValueError(f'classes={classes!r} names a class twice; leave one out')
    if annotations is not None:
        return COCOJsonSource(root / annotations, classes)
    folders = class_folders(root / mask_dir)
    if folders and (classes is None or set(classes) & set(folders)):
        return ClassFolderSource(root / mask_dir, classes)
    if classes is None:
        raise ValueError(
            f'{root / mask_dir} has no folder of masks for each class; if these are '
            'index masks, name their classes: classes=(...), or a text file'
        )
    return IndexMaskSource(root / mask_dir, classes)
