"""Malformed files of classes: read to the bit, or refused."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from fss_mm.inference import FewShotInferencer
from tests.inference.conftest import GREEN, RED, color_config, square

from .checkpoint_damage import DAMAGE
from .kinds import Kind
from .outcomes import Failure

NAME = 'classes.safetensors'
WORDS = (NAME,)
_TEXTS = (
    None, '', '0', '[]', '{}', 'null', '[1]', '[{}]', 'x', '[[', '[null, null]',
    '[{"name": "red"}]', 'fss_mm classes 2', '0' * 64, '\ud7ff',
)  # fmt: skip


@functools.cache
def _model() -> FewShotInferencer:
    """One that has learned two classes."""
    model = FewShotInferencer(color_config())
    model.add_class('red', *square(RED))
    model.add_class('green', *square(GREEN, (4, 8, 20, 20)))
    return model


@functools.cache
def _truth() -> tuple[bytes, np.ndarray]:
    """The file, and what its classes find in an image."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / NAME
        _model().save_classes(path)
        return path.read_bytes(), _model()(_image()).mask


def _image() -> np.ndarray:
    image = square(RED, (5, 6, 20, 30))[0]
    image[40:60, 30:60] = GREEN
    return image


@functools.cache
def _reader() -> FewShotInferencer:
    return FewShotInferencer(color_config())


@functools.cache
def _other() -> FewShotInferencer:
    cfg = color_config()
    cfg.model.decode_head.temperature = 5.0
    return FewShotInferencer(cfg)


def cases(kind: str) -> st.SearchStrategy[dict]:
    """Inputs of a kind, as plain values."""
    drawn = dict(part=st.just('class_files'), kind=st.just(kind))
    return st.fixed_dictionaries(drawn | (ALL[kind].draws if kind in ALL else {}))


def judge(case: dict, folder: Path) -> str | None:
    """Read the file; classes that are read find what they found."""
    path, model = folder / NAME, _reader()
    content, mask = _truth()
    path.write_bytes(content)
    if case['kind'] in ALL:
        ALL[case['kind']].apply(path, case)
    model.learned.clear()
    try:
        names = model.load_classes(path)
    except (OSError, ValueError) as error:
        if case['kind'] == 'untouched':
            raise Failure(f'a right file is refused: {error}') from error
        if model.classes:
            raise Failure('half of the classes are there') from error
        raise
    if names != ('red', 'green') or not np.array_equal(model(_image()).mask, mask):
        raise Failure('silently other classes')
    for name, learned in model.learned.items():
        _compare(learned, _model().learned[name])
    return None


def _compare(found: Any, truth: Any) -> None:
    """Tensors to the bit, and what is known of the class."""
    for one, other in zip(found.representations, truth.representations, strict=True):
        left, right = one.tensors(), other.tensors()
        if left.keys() != right.keys() or any(
            not torch.equal(left[k], right[k]) for k in left
        ):
            raise Failure(f'silently other tensors of {truth.name}')
    for name in ('name', 'level', 'num_supports', 'held_out_ious'):
        if getattr(found, name) != getattr(truth, name):
            raise Failure(f'silently another {name}: {getattr(found, name)}')


def warm_up() -> None:
    """Learn the classes once, before memory is limited."""
    _truth(), _reader(), _other()


# ---- kinds ---------------------------------------------------------------------------


def _flip_anywhere(path: Path, case: dict) -> None:
    content = bytearray(path.read_bytes())
    for at in case['bits']:
        bit = int(at * len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def _parts(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with safe_open(path, 'pt') as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return tensors, file.metadata()


def _change_metadata(path: Path, case: dict) -> None:
    tensors, metadata = _parts(path)
    if case['text'] is None:
        del metadata[case['key']]
    else:
        metadata[case['key']] = case['text']
    save_file(tensors, path, metadata)


def _change_tensor(path: Path, case: dict) -> None:
    tensors, metadata = _parts(path)
    names = sorted(tensors)
    place = case['place'] % len(names)
    name, other = names[place], names[place - 1]
    value, how = tensors.pop(name), case['how']
    if how == 'renamed':
        tensors[f'{name}_'] = value
    elif how == 'of another class':
        tensors[f'9{name}'] = value
    elif how == 'nan':
        tensors[name] = torch.full_like(value, float('nan'))
    elif how == 'flat':
        tensors[name] = value.flatten()
    elif how == 'turned':
        tensors[name] = value.transpose(0, 1).contiguous()
    elif how == 'half':
        tensors[name] = value.half()
    elif how == 'whole':
        tensors[name] = value.to(torch.int64)
    elif how == 'empty':
        tensors[name] = value[:0]
    elif how == 'exchanged':
        tensors[name], tensors[other] = tensors.get(other, value * 2), value
    elif how == 'beside':
        tensors |= {name: value, f'{name}_': value.clone()}
    save_file({k: v.clone() for k, v in tensors.items()}, path, metadata)


def _of_another_model(path: Path, case: dict) -> None:
    model = _other()
    model.learned = dict(_model().learned)
    model.save_classes(path)


def _as_checkpoint(path: Path, case: dict) -> None:
    save_file({'layer.weight': torch.ones(3)}, path, case['metadata'])


_FRACTION = st.floats(0, 1, exclude_max=True)
_FILES = ('file cut off', 'bytes inserted', 'another file under its name', 'noise')
ALL = {
    **{name: DAMAGE[name] for name in _FILES},
    'bits flipped': Kind(
        _flip_anywhere,
        dict(bits=st.lists(_FRACTION, min_size=1, max_size=4, unique=True)),
    ),
    'other metadata': Kind(
        _change_metadata,
        dict(
            key=st.sampled_from(['format', 'model', 'classes', 'sha256']),
            text=st.sampled_from(_TEXTS),
        ),
    ),
    'another tensor': Kind(
        _change_tensor,
        dict(
            place=st.integers(0, 9),
            how=st.sampled_from(
                ['renamed', 'of another class', 'nan', 'flat', 'turned', 'half',
                 'whole', 'empty', 'exchanged', 'beside', 'missing']
            ),
        ),
    ),
    'of another model': Kind(_of_another_model),
    'other safetensors': Kind(
        _as_checkpoint,
        dict(metadata=st.sampled_from([None, {}, {'format': 'pt'}, {'classes': '[]'}])),
    ),
}  # fmt: skip
KINDS = ('untouched', *ALL)
