"""Learned classes in a file, bound to the model that they were learned with."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
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
        for scale, found in enumerate(one.representations):
            for name, value in found.tensors().items():
                key = f'{place}.{scale}.{name}'
                tensors[key] = value.detach().cpu().clone().contiguous()
        known.append(
            dict(
                name=one.name,
                num_supports=one.num_supports,
                level=one.level,
                held_out_ious=one.held_out_ious,
                scales=len(one.representations),
            )
        )
    metadata = dict(format=_FORMAT, model=fingerprint, classes=json.dumps(known))
    metadata['sha256'] = _digest(metadata, tensors)
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
    if metadata.pop('sha256', None) != _digest(metadata, tensors):
        raise ValueError(
            f'{str(path)!r}: damaged or changed: it is not what was written; {_REMEDY}'
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


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of all that a file says: the head takes these very tensors, unasked."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f'{name} {value.dtype} {tuple(value.shape)} '.encode())
        digest.update(value.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _class(place: int, known: dict, tensors: dict[str, Tensor]) -> LearnedClass:
    representations = []
    for scale in range(known['scales']):
        start = f'{place}.{scale}.'
        own = {
            k.removeprefix(start): v
            for k, v in tensors.items()
            if k[: len(start)] == start
        }
        if not own:
            raise ValueError(f'{known["name"]} has no tensors')
        representations.append(ClassRepresentation.from_tensors(own))
    level = float(known['level'])
    if not (math.isfinite(level) and level > 0):
        raise ValueError(f'level {level}')
    return LearnedClass(
        str(known['name']),
        tuple(representations),
        int(known['num_supports']),
        level,
        tuple(float(x) for x in known['held_out_ious']),
    )
