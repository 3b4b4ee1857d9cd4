"""Learned classes in a file, bound to the model that they were learned with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..structures import ClassRepresentation
from ..utils.files import write_atomically
from ..utils.spelling import argument
from .fingerprint import digest_of
from .learned_class import LearnedClass

_KIND = 'fss_mm classes'
_FORMAT = f'{_KIND} 1'
SUFFIX = '.safetensors'


def write_classes(
    path: str | Path, classes: Sequence[LearnedClass], fingerprint: str
) -> None:
    """Write classes, whole or not at all.

    Args:
        path (str | Path): Of safetensors; its folder is made, and a former file of
            classes is replaced.
        classes (Sequence[LearnedClass]): Their supports are not kept.
        fingerprint (str): Of the model.

    Raises:
        FileExistsError: If another file is there.
        ValueError: If its name does not end in .safetensors.
        OSError: If it cannot be written.
    """
    path = Path(path).expanduser()
    require_class_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = encode_classes(classes, fingerprint)
    write_atomically(path, lambda file: file.write(content))


def encode_classes(classes: Sequence[LearnedClass], fingerprint: str) -> bytes:
    """The content of a file of classes; arguments as in :func:`write_classes`."""
    tensors = {
        f'{place}.{name}': value.detach().cpu().clone().contiguous()
        for place, one in enumerate(classes)
        for name, value in one.tensors().items()
    }
    known = json.dumps(
        [
            dict(
                name=one.name,
                num_supports=one.num_supports,
                level=one.level,
                origin=one.origin,
                held_out_ious=one.held_out_ious,
                tensors=_names(one),  # in order, which safetensors does not keep
            )
            for one in classes
        ]
    )
    checksum = _checksum(tensors, known)
    metadata = dict(format=_FORMAT, model=fingerprint, classes=known, sha256=checksum)
    return save(tensors, metadata)


def read_classes(path: str | Path, fingerprint: str) -> list[LearnedClass]:
    """Read classes that were learned with the same model.

    Args:
        path (str | Path): The file.
        fingerprint (str): Of the model that is to use them.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no file of classes, is damaged, or is of another model.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{str(path)!r}: no such file of classes')
    try:
        metadata, tensors = _read(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f'{str(path)!r}: damaged, or no file of classes ({error}); {_remedy()}'
        ) from error
    if metadata.get('format') != _FORMAT:
        raise ValueError(
            f'{str(path)!r}: no file of classes (format '
            f'{metadata.get("format")!r}, expected {_FORMAT!r}); {_remedy()}'
        )
    if metadata.get('model') != fingerprint:
        raise ValueError(
            f'{str(path)!r}: its classes were learned with another model '
            f'({str(metadata.get("model"))[:12]}) than this one ({fingerprint[:12]}): '
            'other weights, settings or image size. Use that model, or learn the '
            'classes anew from their supports'
        )
    try:
        if _checksum(tensors, metadata['classes']) != metadata['sha256']:
            raise ValueError('its checksum is another one')
        known = json.loads(metadata['classes'])
        return [_class(place, one, tensors) for place, one in enumerate(known)]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{str(path)!r}: damaged ({type(error).__name__}: {error}); {_remedy()}'
        ) from error


def _read(path: str | Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    with safe_open(path, 'pt') as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return file.metadata() or {}, tensors


def _checksum(tensors: dict[str, Tensor], known: str) -> str:
    digest = digest_of(tensors)
    digest.update(known.encode())
    return digest.hexdigest()


def _remedy() -> str:
    return f'write a file of classes with {argument("save_classes")}'


def require_class_file(path: str | Path) -> None:
    """Check that a file of classes can be called so, before there is one.

    Raises:
        ValueError: If its name does not end in .safetensors.
        FileExistsError: If anything but a former file of classes is in its place.
    """
    path = Path(path).expanduser()
    if path.suffix != SUFFIX:
        raise ValueError(
            f'{str(path)!r}: a file of classes is of safetensors; name it '
            f'{path.with_suffix(SUFFIX).name if path.name else "FILE" + SUFFIX}'
        )
    if not path.exists():
        return
    try:
        with safe_open(path, 'pt') as file:
            found = (file.metadata() or {}).get('format', '')
    except (SafetensorError, OSError):
        found = ''
    if not found.startswith(_KIND):  # 'pt' in weights, also in ours
        raise FileExistsError(
            f'{str(path)!r} is there, and is no file of classes; choose another name'
        )


def _names(one: LearnedClass) -> list[list[str]]:
    """Names of the tensors of each scale."""
    return [list(scale.tensors()) for scale in one.representations]


def _class(place: int, known: dict, tensors: dict[str, Tensor]) -> LearnedClass:
    scales = [
        {name: tensors[f'{place}.{scale}.{name}'] for name in names}
        for scale, names in enumerate(known['tensors'])
    ]
    return LearnedClass(
        str(known['name']),
        tuple(map(ClassRepresentation.from_tensors, scales)),
        int(known['num_supports']),
        float(known['level']),
        str(known['origin']),
        tuple(float(x) for x in known['held_out_ious']),
    )
