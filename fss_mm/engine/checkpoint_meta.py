"""What a checkpoint says of itself, as far as it is well-formed.

Anybody may have written it. What is of another type than ours counts as not said, so
that no reader of it fails, or says what is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral, Number
from typing import Any

import torch

HISTORY = 'training_history'
_DEPTH = 8  # of containers in a field
_CLASS_FIELDS = ('classes', 'base_classes', 'novel_classes', 'episode_classes')


def meta_of(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """``meta`` of a checkpoint, without the fields that are malformed.

    Args:
        checkpoint (Mapping): As it was read.

    Returns:
        dict[str, Any]: ``dataset_meta`` is always there, ``runs`` too; both may be
        empty. ``epoch``, ``iter``, ``seed`` and ``training_history`` are if they are
        well-formed, and all that is not ours as it is.
    """
    given = checkpoint.get('meta')
    meta = dict(given) if isinstance(given, Mapping) else {}
    for key, is_well_formed in _FIELDS.items():
        if key in meta and not is_well_formed(meta[key]):
            del meta[key]
    meta['dataset_meta'] = _dataset_meta(meta.get('dataset_meta'))
    meta['runs'] = [(str(name), start) for name, start in meta.get('runs') or ()]
    return meta


def _dataset_meta(given: Any) -> dict[str, Any]:
    """What is said of a data set; its classes together or not at all."""
    if not isinstance(given, Mapping):
        return {}
    meta = {
        key: value
        for key, value in given.items()
        if isinstance(key, str) and _is_plain(value) and _fits(key, value)
    }
    if any(key in given and key not in meta for key in _CLASS_FIELDS) or (
        not _are_among(meta)
    ):
        meta = {key: value for key, value in meta.items() if key not in _CLASS_FIELDS}
    return meta


def _are_among(meta: Mapping[str, Any]) -> bool:
    """Whether classes are given by the ids 1, 2, ... of the table."""
    ids = [c for key in _CLASS_FIELDS[1:] for c in meta.get(key) or ()]
    return all(1 <= c <= len(meta.get('classes') or ()) for c in ids)


def _fits(key: str, value: Any) -> bool:
    return key not in _DATASET_FIELDS or value is None or _DATASET_FIELDS[key](value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 0


def _list_of(is_item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (list, tuple)) and all(map(is_item, value))


def _is_run(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and _is_text(value[0])
        and _is_count(value[1])
    )


def _is_history(value: Any) -> bool:
    names = _list_of(_is_text)
    if not isinstance(value, Mapping):
        return False
    images = value.get('images')
    return (
        all(names(value.get(key)) for key in ('classes', 'datasets', 'unknown'))
        and isinstance(images, torch.Tensor)
        and images.dtype == torch.int64
        and images.ndim == 1
    )


def _is_plain(value: Any, depth: int = _DEPTH) -> bool:
    """Whether a value is of Python's own types, and not nested without end."""
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    return value is None or isinstance(value, (str, Number))


_FIELDS: dict[str, Callable[[Any], bool]] = dict(
    epoch=_is_count,
    iter=_is_count,
    seed=lambda value: value is None or _is_count(value),
    runs=_list_of(_is_run),
    training_history=_is_history,
)
_DATASET_FIELDS: dict[str, Callable[[Any], bool]] = dict(
    classes=_list_of(_is_text),
    base_classes=_list_of(_is_count),
    novel_classes=_list_of(_is_count),
    episode_classes=_list_of(_is_count),
    dataset=_is_text,
    protocol=_is_text,
    split=_is_text,
    fold=_is_count,
    novel_images=_is_text,
    min_pixels=_is_count,
    min_grid_pixels=_is_count,
    pair_list=_is_text,
    index_sha256=_is_text,
)
