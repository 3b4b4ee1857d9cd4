"""Annotations in LabelMe's JSONs, one for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .annotations import AnnotatedImage, Annotations, match_names
from .file_listing import composed, list_files
from .instances import Instance
from .json_entries import (
    POINTS,
    SIZE,
    TEXT,
    read_json_file,
    require_entries,
    require_fields,
)
from .labelme_shapes import ShapeError, segmentation_of

SUFFIX = '.json'
CHECKSUMS = f'.sha256{SUFFIX}'  # what the check of a folder keeps
_FORM = "LabelMe's JSONs, one for each image"
_BACKGROUND, _IGNORE = '_background_', '__ignore__'  # LabelMe's own labels
_AGAIN = 'save it again with LabelMe, or move it out of the folder'
_FIELDS = dict(imageHeight=SIZE, imageWidth=SIZE)
_OF_SHAPES = dict(label=TEXT, points=POINTS, shape_type=TEXT._replace(optional=True))


def read_labelme(
    folder: Path,
    files: Mapping[str, str],
    classes: Sequence[str] | None = None,
) -> Annotations:
    """Read the shapes of all JSONs in a folder and those in it.

    A JSON belongs to the image of its own name, else to the one that it names. Shapes
    with the label ``__ignore__`` are ignored pixels of every class.

    Args:
        folder (Path): The JSONs; it may hold the images as well.
        files (Mapping[str, str]): As in :func:`~.coco_json.read_coco`.
        classes (Sequence[str], optional): Labels to take, in order. Defaults to all,
            sorted.

    Raises:
        FileNotFoundError: If the folder holds no JSON.
        ValueError: If there are no labels, or one of the classes is none of them.
    """
    jsons = list_files(folder, (SUFFIX,)).files
    if not jsons:
        raise FileNotFoundError(
            f'{str(folder)!r} holds no .json of LabelMe; check annotations, a file in '
            "COCO's format or a folder of LabelMe's"
        )
    errors, tables = [], {}
    for name, file in jsons.items():
        if file.endswith(CHECKSUMS):
            continue
        try:
            tables[name] = _read(folder / file)
        except ValueError as error:
            errors.append((name, f'{folder.name}/{file}: {error}; {_AGAIN}'))
    labels = {label for table in tables.values() for label in _labels(table)}
    taken = tuple(classes or sorted(labels - {_BACKGROUND, _IGNORE}))
    _check_classes(folder, taken, labels, errors)
    written = {name: [name, *_path(table)] for name, table in tables.items()}
    matched = match_names(written, files, folder.name)
    images = {}
    for name, table in tables.items():
        image, label = matched.names[name], f'{folder.name}/{jsons[name]}'
        images[image], wrong = _annotated(label, table, taken)
        errors += [(image, line) for line in wrong]
    errors = (*matched.errors, *errors)
    return Annotations(_FORM, taken, images, errors, tuple(matched.remarks))


def looks_like_labelme(path: Path) -> bool:
    """Whether a JSON is one of LabelMe's."""
    try:
        _read(path)
    except (OSError, ValueError):
        return False
    return True


def _read(path: Path) -> dict:
    """The shapes, the size and the image's path of a JSON, without its pixels.

    Raises:
        ValueError: If it is none of LabelMe's.
    """
    table = read_json_file(path)
    if not isinstance(table, dict) or not isinstance(table.get('shapes'), list):
        raise ValueError("no 'shapes': not LabelMe's format")
    table.pop('imageData', None)
    try:
        require_fields(table, '', _FIELDS)
        require_entries(table['shapes'], 'shapes', _OF_SHAPES)
    except ValueError as error:
        raise ValueError(f"not LabelMe's format: {error}") from error
    table['size'] = int(table['imageHeight']), int(table['imageWidth'])
    for shape in table['shapes']:
        shape['label'] = composed(shape['label'])
    return table


def _labels(table: dict) -> list[str]:
    return [shape['label'] for shape in table['shapes']]


def _path(table: dict) -> list[str]:
    path = table.get('imagePath')
    return [path] if isinstance(path, str) and path else []


def _check_classes(
    folder: Path,
    classes: Sequence[str],
    labels: set[str],
    errors: Sequence[tuple[str, str]],
) -> None:
    if not classes:
        first = f': {errors[0][1]}' if errors else ''
        raise ValueError(f'{folder} has no shape with a label of a class{first}')
    missing = sorted(set(classes) - labels)
    if missing:
        raise ValueError(f'{folder} has no label {missing}; it has {sorted(labels)}')


def _annotated(
    label: str, table: dict, classes: Sequence[str]
) -> tuple[AnnotatedImage, list[str]]:
    """The objects of these classes, and lines on shapes that show none."""
    ids = {name: i for i, name in enumerate(classes, start=1)}
    instances, wrong = [], []
    for number, shape in enumerate(table['shapes'], start=1):
        name = shape['label']
        void = name == _IGNORE
        if name not in ids and not void:
            continue
        try:
            segmentation = segmentation_of(shape, *table['size'])
        except ShapeError as error:
            wrong.append(f'{label}, shape {number}: {error}')
            continue
        for class_id in ids.values() if void else [ids[name]]:
            instances.append(Instance(number, class_id, name, void, segmentation))
    return AnnotatedImage(label, table['size'], tuple(instances)), wrong
