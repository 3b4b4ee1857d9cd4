"""Where a user's data lie and how they are read: the form that masks are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ..utils.text import option
from .class_folder_source import ClassFolderSource, class_folders
from .class_names import NamedClasses, read_classes
from .file_listing import IMAGE_SUFFIXES, FileListing, list_files, list_images
from .index_mask_source import IndexMaskSource
from .instance_source import CROWDS, InstanceSource, find_annotations, instance_source
from .mask_reading import MaskReading
from .mask_sources import MaskFileSource, MaskFolder, MaskSource
from .mask_values import CONVERT
from .name_pattern import NamePattern, suggested_in_one_folder
from .one_class_source import OneClassSource


@dataclass(frozen=True)
class FolderOptions:
    """Where a user's data lie and how they are read: ``FewShotFolderDataset``'s own.

    Args:
        root (Path): ``data_root``.
        img_dir (str): Defaults to 'images'.
        mask_dir (str): Defaults to 'masks'.
        annotations (str, optional): Defaults to None.
        classes (Sequence[str] | Mapping[int | str, str] | str, optional): See
            :func:`~.class_names.read_classes`. Defaults to None.
        crowds (str): Defaults to 'ignore'.
        fit_annotations (bool): Defaults to False.
        img_suffix (str, optional): Defaults to None.
        mask_suffix (str, optional): Defaults to None.
        foreground (str, optional): See :class:`~.mask_reading.MaskReading`. Defaults to
            None.
        ignore (Sequence[int]): Likewise. Defaults to ().
        img_range (tuple[float, float], optional): Darkest and brightest value of deep
            images. Defaults to None.
    """

    root: Path
    img_dir: str = 'images'
    mask_dir: str = 'masks'
    annotations: str | None = None
    classes: Sequence[str] | Mapping[int | str, str] | str | None = None
    crowds: str = 'ignore'
    fit_annotations: bool = False
    img_suffix: str | None = None
    mask_suffix: str | None = None
    foreground: str | None = None
    ignore: Sequence[int] = ()
    img_range: tuple[float, float] | None = None

    def stated(self) -> dict[str, object]:
        """Arguments of the data set that are not the default, ``data_root`` apart."""
        given = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != 'root' and getattr(self, field.name) != field.default
        }
        if self.annotations is not None:
            given.pop('mask_dir', None)
        return given

    def images(self) -> FileListing:
        """The images: of any format, or those with the suffix.

        Raises:
            FileNotFoundError: If there is no folder.
        """
        img_dir = self.root / self.img_dir
        if not img_dir.is_dir():
            raise FileNotFoundError(
                f'image folder {str(img_dir)!r} does not exist; check data_root and '
                f'img_dir{self._hint()}'
            )
        suffixes = None
        if self.img_suffix is not None:
            pattern = NamePattern(self.img_suffix, 'img_suffix')
            suffixes = pattern.endings(IMAGE_SUFFIXES)
        beside = None
        if self.annotations is None and self.root / self.mask_dir == img_dir:
            beside = NamePattern(self.mask_suffix)
        return list_images(img_dir, suffixes, beside and (lambda p: beside.image_of(p)))

    def source(self) -> MaskSource:
        """Find out in which form masks are.

        Raises:
            FileNotFoundError: If a folder or a file is missing.
            ImportError: If pycocotools is missing, which annotations need.
            ValueError: If classes are missing, named twice or too many, options do not
                go together, or annotations are in another form.
        """
        if self.img_range is not None and not _is_range(self.img_range):
            raise ValueError(
                f'img_range={self.img_range!r}, expected two numbers, the smaller first'
            )
        if not self.root.is_dir():
            raise FileNotFoundError(
                f'folder {str(self.root)!r} does not exist; check data_root'
            )
        if self.crowds not in CROWDS:
            raise ValueError(f'crowds={self.crowds!r}, expected one of {CROWDS}')
        named = read_classes(self.root, self.classes)
        if self.annotations is not None:
            return self._annotated(named)
        return self._of_files(named)

    def _of_files(self, named: NamedClasses | None) -> MaskFileSource:
        path = self.root / self.mask_dir
        reading = MaskReading(foreground=self.foreground, ignore=tuple(self.ignore))
        folder = MaskFolder(path, NamePattern(self.mask_suffix), reading)
        try:
            folders = class_folders(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error}{self._hint()}') from error
        if self.mask_suffix is None and self.root / self.img_dir == path:
            raise ValueError(_in_one_folder(path))
        if named is None and not folders:
            raise ValueError(
                f'{path} has no folder of masks for each class; if these are index '
                'masks, name their classes from id 1 on: --classes NAME ... (in a '
                f'config classes=(...)), or a text file{self._hint()}'
            )
        in_folders = named is None or set(named.names) & set(folders)
        if in_folders and named and named.values is not None:
            raise ValueError(
                f'classes={self.classes!r} are values of index masks, and {path} has a '
                'folder for each class; name the folders alone'
            )
        if in_folders:
            return ClassFolderSource(folder, named)
        if named.deep_values:
            raise ValueError(
                f'classes has the values {named.deep_values}, and masks are read with '
                f'8 bits; number the classes anew: {CONVERT} --to-8-bit --classes '
                f'{named.deep_values[0]}=NAME ...'
            )
        if self.foreground is not None:
            return OneClassSource(folder, named)
        return IndexMaskSource(folder, named, self.ignore)

    def _annotated(self, named: NamedClasses | None) -> InstanceSource:
        of_files = dict(
            mask_suffix=self.mask_suffix,
            foreground=self.foreground,
            ignore=tuple(self.ignore) or None,
        )
        given = [name for name, value in of_files.items() if value is not None]
        if given or (named and named.values is not None):
            raise ValueError(
                f'{given or ["classes with values"]} say how files of masks are named '
                'and read, and annotations has its own; leave them out'
            )
        classes = None if named is None else named.all_names
        return instance_source(
            self.root / self.annotations,
            self.root / self.img_dir,
            self.images(),
            classes,
            self.crowds,
            self.fit_annotations,
        )

    def _hint(self) -> str:
        """Name annotations, or images, that lie where they are not looked for."""
        if self.annotations is None:
            found = find_annotations(self.root, (self.mask_dir, self.img_dir))
            if found is not None:
                return f'; if masks are in {found!r}, {option("annotations", found)}'
        if (self.root / self.img_dir).is_dir() or not _holds_images(self.root):
            return ''
        here = option('img_dir', '.')
        if self.annotations is not None:
            return f'; if images lie in {str(self.root)!r} itself, {here}'
        return (
            f'; if images and masks lie in {str(self.root)!r} itself, {here} and '
            f'{option("mask_dir", ".")}'
        )


def _is_range(given: Sequence[float]) -> bool:
    return len(given) == 2 and given[0] < given[1]


def _holds_images(folder: Path) -> bool:
    return any(path.suffix.lower() in IMAGE_SUFFIXES for path in folder.iterdir())


def _in_one_folder(path: Path) -> str:
    listing = list_files(path, IMAGE_SUFFIXES)  # a problem has the name of another
    suffix = suggested_in_one_folder([*listing.files.values(), *listing.problems])
    if suffix is None:
        return (
            f'images and masks lie in one folder {str(path)!r}, and no files are named '
            'after others; say with mask_suffix what stands behind the name of an '
            'image in the name of its mask'
        )
    return (
        f'images and masks lie in one folder {str(path)!r}; if masks end in {suffix!r},'
        f' {option("mask_suffix", suffix)}'
    )
