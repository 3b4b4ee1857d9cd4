"""Annotations in a JSON of COCO's format."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..utils.text import shorten
from .annotations import AnnotatedImage, Annotations, match_names
from .file_listing import composed
from .instance_faults import MEND
from .instances import Instance
from .json_entries import ID, SIZE, TEXT, read_json_file, require_entries

_FORM = "a JSON in COCO's format"
_AGAIN = "export it again, in COCO's format of instances"
_CORRECT = 'correct the entry, or export the file again'
_FIELDS = dict(
    images=dict(id=ID, file_name=TEXT, height=SIZE, width=SIZE),
    annotations=dict(
        image_id=ID._replace(optional=True), category_id=ID._replace(optional=True)
    ),
    categories=dict(id=ID, name=TEXT),
)


def read_json(path: Path, remedy: str = 'fetch the file again') -> dict:
    """COCO's table of ``images``, ``annotations`` and ``categories``.

    Args:
        path (Path): The JSON.
        remedy (str): What to do about a file that is none. Defaults to fetching it.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is no JSON or has not these keys.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no {str(path)!r}; --download fetches it')
    try:
        table = read_json_file(path)
    except ValueError as error:
        raise ValueError(f'{path}: {error}; {remedy}') from error
    missing = set(_FIELDS) - (table.keys() if isinstance(table, dict) else set())
    if missing:
        raise ValueError(f'{path} has no {sorted(missing)}; {remedy}')
    return table


def read_coco(
    path: Path,
    files: Mapping[str, str],
    classes: Sequence[str] | None = None,
    crowds: str = 'ignore',
) -> Annotations:
    """Read objects of any categories.

    Args:
        path (Path): The JSON. Its ``images`` need ``id``, ``file_name``, ``height`` and
            ``width``.
        files (Mapping[str, str]): The images, as in
            :class:`~.file_listing.FileListing`.
        classes (Sequence[str], optional): Categories to take, in order. Defaults to all
            that have an annotation, by their ids.
        crowds (str): What annotations with ``iscrowd`` are: 'ignore', pixels that count
            nowhere, or 'objects'. Defaults to 'ignore'.

    Raises:
        ValueError: If it has another form, or lacks one of the classes.
    """
    table = read_json(path, _AGAIN)
    try:
        for key, fields in _FIELDS.items():
            require_entries(table[key], key, fields)
    except ValueError as error:
        raise ValueError(
            f"{path} is not in COCO's format: {error}; {_CORRECT}"
        ) from error
    return _annotations(path, table, files, classes, crowds == 'objects')


def _annotations(
    path: Path,
    table: dict,
    files: Mapping[str, str],
    classes: Sequence[str] | None,
    crowds_are_objects: bool,
) -> Annotations:
    names = {c['id']: composed(c['name']) for c in table['categories']}
    used = {entry.get('category_id') for entry in table['annotations']}
    empty = [names[i] for i in sorted(names, key=_order) if i not in used]
    taken = tuple(classes or _all_classes(path, names, used))
    missing = sorted(set(taken) - set(names.values()))
    if missing:
        has = sorted(names.values())
        raise ValueError(f'{path} has no category {missing}; it has {has}')
    matched = match_names(
        {i['id']: [i['file_name']] for i in table['images']}, files, path.name
    )
    objects, errors = _instances(path, table, names, taken, crowds_are_objects)
    images = {
        name: AnnotatedImage(
            f'{path.name}, {name}',
            (int(image['height']), int(image['width'])),
            tuple(objects[image['id']]),
        )
        for image in table['images']
        for name in [matched.names[image['id']]]
    }
    remarks = list(matched.remarks)
    if empty and classes is None:
        remarks.append(
            f'{len(empty)} categories without any annotation are left out: '
            f'{shorten(list(map(repr, empty)))}'
        )
    errors = (*matched.errors, *errors)
    return Annotations(_FORM, taken, images, errors, tuple(remarks))


def _order(number: int | str) -> tuple:
    """Of ids, which some tools write as text."""
    return (isinstance(number, str), number)


def _all_classes(path: Path, names: dict[int, str], used: set) -> list[str]:
    """Names of the categories that have annotations, by their ids."""
    chosen = [names[i] for i in sorted(names, key=_order) if i in used]
    double = [name for name, times in Counter(chosen).items() if times > 1]
    if double:
        raise ValueError(
            f'{path} has several categories {double}; give each its own name'
        )
    if not chosen:
        raise ValueError(f'{path} has no annotation of any category; annotate objects')
    return chosen


def _instances(
    path: Path,
    table: dict,
    names: dict[int, str],
    classes: Sequence[str],
    crowds_are_objects: bool,
) -> tuple[dict[object, list[Instance]], list[tuple[str, str]]]:
    """Objects by image id, and lines on those of images that are not listed."""
    ids = {name: i for i, name in enumerate(classes, start=1)}
    known = {image['id'] for image in table['images']}
    found: dict[object, list[Instance]] = defaultdict(list)
    errors = []
    for entry in table['annotations']:
        image, category = entry.get('image_id'), entry.get('category_id')
        if category in names and names[category] not in ids:
            continue  # of a class that is not asked for
        if image not in known:
            label = f'annotation {entry.get("id")}'
            why = f'image id {image!r} is not among the images; {MEND}'
            errors.append((label, f'{path.name}, {label}: {why}'))
            continue
        found[image].append(
            Instance(
                entry.get('id', 0),
                ids.get(names.get(category)),
                category,
                bool(entry.get('iscrowd', 0)) and not crowds_are_objects,
                entry.get('segmentation'),
                bool(entry.get('bbox')),
            )
        )
    return found, errors
