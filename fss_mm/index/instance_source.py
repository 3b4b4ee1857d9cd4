"""Masks of a class, drawn of annotated objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..utils.extras import require
from ..utils.text import join_lines
from .annotations import AnnotatedImage, Annotations
from .class_index import ClassIndex
from .coco_json import read_coco
from .file_listing import FileListing, list_files
from .fitted_annotations import fitted
from .instance_faults import fault
from .instances import count_pixels, to_rle
from .labelme_json import CHECKSUMS, SUFFIX, looks_like_labelme, read_labelme

CROWDS = ('ignore', 'objects')
_KEPT = 2  # sources that are kept: all data sets of an experiment use the same


class InstanceSource:
    """A :class:`~.mask_sources.MaskSource` of polygons and run lengths.

    Crowds are ignored pixels. Annotations that cannot be drawn are errors of their
    image.

    Args:
        annotations (Annotations): Of any tool.
    """

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.classes = annotations.classes

    def index(self) -> ClassIndex:
        """As in :class:`~.mask_sources.MaskSource`."""
        return self._index

    @cached_property
    def _index(self) -> ClassIndex:
        images = self.annotations.images
        errors, names, rows = list(self.annotations.errors), tuple(sorted(images)), []
        for place, name in enumerate(names):
            wrong = _faults(images[name])
            errors += [(name, line) for line in wrong]
            for class_id, rles in {} if wrong else _rles(images[name]).items():
                counts = count_pixels(rles, *images[name].size)
                rows.append((place, class_id, *counts))
        rows = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return ClassIndex.from_rows(names, rows[rows[:, 2] > 0], join_lines(errors))

    def info(self, name: str, class_id: int, ignored: Sequence[int] = ()) -> dict:
        """As in :class:`~.mask_sources.MaskSource`."""
        image = self.annotations.images[name]
        own = image.instances
        return dict(
            instances=[i for i in own if i.class_id == class_id],
            ignored_instances=[i for i in own if i.class_id in ignored],
            mask_size=image.size,
        )


def _faults(image: AnnotatedImage) -> list[str]:
    """A line for each annotation that cannot be drawn."""
    found = ((i.annotation_id, fault(i, *image.size)) for i in image.instances)
    return [
        f'{image.label}, annotation {number}: {why.reason}; {why.remedy}'
        for number, why in found
        if why
    ]


def _rles(image: AnnotatedImage) -> dict[int, list[dict]]:
    found: dict[int, list[dict]] = {}
    for instance in image.instances:
        if not instance.is_crowd:
            rle = to_rle(instance.segmentation, *image.size)
            found.setdefault(instance.class_id, []).append(rle)
    return found


# ---- which annotations -------------------------------------------------------------


def instance_source(
    path: Path,
    img_dir: Path,
    images: FileListing,
    classes: Sequence[str] | None = None,
    crowds: str = 'ignore',
    fit: bool = False,
) -> InstanceSource:
    """Read annotations once, however many data sets use them.

    Args:
        path (Path): A JSON in COCO's format, or a folder of LabelMe's JSONs.
        img_dir (Path): Folder of the images.
        images (FileListing): What it holds.
        classes (Sequence[str], optional): As in :func:`~.coco_json.read_coco`.
        crowds (str): Likewise. Defaults to 'ignore'.
        fit (bool): Turn and scale them (:func:`~.fitted_annotations.fitted`). Defaults
            to False.

    Raises:
        FileNotFoundError: If the file or the folder is missing.
        ImportError: Without pycocotools.
        ValueError: If they have another form, or lack one of the classes.
    """
    require('pycocotools', 'coco')
    if not path.exists():
        raise FileNotFoundError(
            f'{str(path)!r} does not exist; check data_root and annotations'
        )
    read = images.stats.tobytes() if fit else b''  # the sizes of images matter then
    files = tuple(images.files.items())
    taken = None if classes is None else tuple(classes)
    return _instance_source(
        path, (_stamp(path), read), img_dir, files, taken, crowds, fit
    )


@lru_cache(maxsize=_KEPT)
def _instance_source(
    path: Path,
    stamp: tuple,
    img_dir: Path,
    files: tuple[tuple[str, str], ...],
    classes: tuple[str, ...] | None,
    crowds: str,
    fit: bool,
) -> InstanceSource:
    if path.is_dir():
        annotations = read_labelme(path, dict(files), classes)
    else:
        annotations = read_coco(path, dict(files), classes, crowds)
    if fit:
        annotations = fitted(annotations, img_dir, dict(files))
    return InstanceSource(annotations)


def _stamp(path: Path) -> tuple:
    """What changes with the files."""
    if path.is_dir():
        listing = list_files(path, (SUFFIX,))
        return tuple(listing.files.values()), listing.stats.tobytes()
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def find_annotations(root: Path, folders: Sequence[str]) -> str | None:
    """Annotations that lie under a data root: a JSON, or a folder of LabelMe's.

    Args:
        root (Path): The data root.
        folders (Sequence[str]): Those of masks and images, relative to it.

    Returns:
        str | None: A path relative to it, None where there are none.
    """
    for folder in folders:
        found = sorted((root / folder).glob(f'*{SUFFIX}'))
        if any(map(looks_like_labelme, found[:1])):
            return folder
    found = [*sorted(root.glob(f'*{SUFFIX}')), *sorted(root.glob(f'*/*{SUFFIX}'))]
    own = (path for path in found if not path.name.endswith(CHECKSUMS))
    return next((path.relative_to(root).as_posix() for path in own), None)
