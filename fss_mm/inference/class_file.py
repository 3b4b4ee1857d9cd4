"""Learned classes in a file, bound to the model that they were learned with."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..structures import ClassRepresentation
from ..utils.files import write_atomically
from .learned_class import LearnedClass

_FORMAT = 'fss_mm classes 1'
_REMEDY = 'write a file of classes with FewShotInferencer.save_classes'


def write_classes(
    path: str | Path, classes: Sequence[LearnedClass], fingerprint: str
) -> None:
    """Write classes, whole or not at all.

    Args:
        path (str | Path): The file, of safetensors; a former one is replaced.
        classes (Sequence[LearnedClass]): Their supports are not kept.
        fingerprint (str): Of the model.

    Raises:
        OSError: If it cannot be written.
    """
    tensors, known = {}, []
    for place, one in enumerate(classes):
        scales = [found.tensors() for found in one.representations]
        for scale, found in enumerate(scales):
            for name, value in found.items():
                key = f'{place}.{scale}.{name}'
                tensors[key] = value.detach().cpu().clone().contiguous()
        known.append(
            dict(
                name=one.name,
                num_supports=one.num_supports,
                level=one.level,
                origin=one.origin,
                held_out_ious=one.held_out_ious,
                tensors=[list(found) for found in scales],  # safetensors sorts
            )
        )
    metadata = dict(format=_FORMAT, model=fingerprint, classes=json.dumps(known))
    content = save(tensors, metadata)
    write_atomically(path, lambda file: file.write(content))


def read_classes(path: str | Path, fingerprint: str) -> list[LearnedClass]:
    """Read classes that were learned with the same model.

    Args:
        path (str | Path): The file.
        fingerprint (str): Of the model that is to use them.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no file of classes, is damaged, or is of another model.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{str(path)!r}: no such file of classes')
    try:
        with safe_open(path, 'pt') as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f'{str(path)!r}: damaged, or no file of classes ({error}); {_REMEDY}'
        ) from error
    if metadata.get('format') != _FORMAT:
        raise ValueError(
            f'{str(path)!r}: no file of classes (format '
            f'{metadata.get("format")!r}, expected {_FORMAT!r}); {_REMEDY}'
        )
    if metadata.get('model') != fingerprint:
        raise ValueError(
            f'{str(path)!r}: its classes were learned with another model '
            f'({str(metadata.get("model"))[:12]}) than this one ({fingerprint[:12]}): '
            'other weights, settings or image size. Use that model, or learn the '
            'classes anew from their supports'
        )
    try:
        known = json.loads(metadata['classes'])
        return [_class(place, one, tensors) for place, one in enumerate(known)]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{str(path)!r}: damaged ({type(error).__name__}: {error}); {_REMEDY}'
        ) from error


def _class(place: int, known: dict, tensors: dict[str, Tensor]) -> LearnedClass:
    representations = [
        {name: tensors[f'{place}.{scale}.{name}'] for name in names}
        for scale, names in enumerate(known['tensors'])
    ]
    values = [value for scale in representations for value in scale.values()]
    if not values or not all(bool(value.isfinite().all()) for value in values):
        raise ValueError(
            f'{known["name"]!r} has no tensors, or values that are no number'
        )
    level = float(known['level'])
    if not (math.isfinite(level) and level > 0):
        raise ValueError(f'level {level}')
    return LearnedClass(
        str(known['name']),
        tuple(map(ClassRepresentation.from_tensors, representations)),
        int(known['num_supports']),
        level,
        str(known['origin']),
        tuple(float(x) for x in known['held_out_ious']),
    )
