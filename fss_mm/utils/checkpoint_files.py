"""Files of weights, read as plain data: nothing in them is run.

A pickle can name any function, which is called when it is read. torch's reader of
``weights_only`` builds tensors and containers alone; what it refuses is refused here,
with what the file is and what to do.
"""

from __future__ import annotations

import json
import pickle
import re
import shlex
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from .safetensors_meta import from_texts

_FETCH = 'fetch the file again'
_LFS = b'version https://git-lfs'
# how torch says that a pickle names what is no plain data
_OBJECTS = re.compile('GLOBAL|REDUCE|Can only (create|build)|[Cc]annot be loaded')
# a line of Python: it is also what a test runs
_CONVERT = (
    'import torch; x = torch.load({source}, "cpu", weights_only=False); '
    'x = x.state_dict() if hasattr(x, "state_dict") else x.get("state_dict", x); '
    'torch.save({{k: v for k, v in x.items() if torch.is_tensor(v)}}, {target})'
)


class UnreadableWeights(ValueError):
    """A file that is none of weights, or that would run code when it is read."""


def read_checkpoint(path: str | Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read a checkpoint or a state dict, of torch or safetensors, as plain data.

    Checkpoints of mmengine are read with their history of logs. What safetensors keep
    as text beside the weights is in ``meta``. Of torch's files the checksums are
    compared; those before torch 1.6, and safetensors, have none.

    Args:
        path (str | Path): The file; it is one of safetensors if its name says so.
        map_location (Any): As in ``torch.load``. Defaults to 'cpu'.

    Returns:
        dict[str, Any]: ``state_dict`` and ``meta``, or whatever the file holds.

    Raises:
        FileNotFoundError: If there is no such file.
        UnreadableWeights: If it holds anything but plain data, or is damaged.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'weights {str(path)!r}: there is no such file')
    if path.suffix == '.safetensors':
        return _read_safetensors(path, map_location)
    try:
        _require_whole(path)
        with _mmengine_values(), warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of torch, on old forms of tensors
            found = torch.load(path, map_location=map_location, weights_only=True)
    except Exception as error:  # of many kinds, as the file pleases
        raise UnreadableWeights(_diagnosis(path, error)) from error
    if not isinstance(found, Mapping):
        raise UnreadableWeights(
            f'{str(path)!r} holds a {type(found).__name__}, expected a dictionary of '
            'tensors; save state_dict() of the model'
        )
    _drop_program(found)
    return found


def _require_whole(path: Path) -> None:
    """Compare the checksum of each member of a zip, which torch does not look at.

    A bit that was flipped on a disk would be a weight like any other.

    Raises:
        zipfile.BadZipFile: If one differs, or if a member is there twice, of which
            readers take one or the other, or is packed, which torch never does (and
            unpacks to any size).
    """
    with path.open('rb') as file:
        if file.read(4) != b'PK\3\4':
            return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise zipfile.BadZipFile('a member is packed')
        if len({member.filename for member in members}) < len(members):
            raise zipfile.BadZipFile('a member is there twice')
        summed = any(member.CRC for member in members)  # torch can leave them out
        if summed and archive.testzip() is not None:
            raise zipfile.BadZipFile('a checksum differs')


def state_dict_of(checkpoint: Mapping[str, Any]) -> Mapping[str, torch.Tensor]:
    """The weights in what was read: ``state_dict`` if it is there, else all."""
    return checkpoint.get('state_dict', checkpoint)


def _read_safetensors(path: Path, map_location: Any) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework='pt') as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            meta = from_texts(file.metadata() or {})
    except SafetensorError as error:
        raise UnreadableWeights(_diagnosis(path, error)) from error
    device = map_location if isinstance(map_location, (str, torch.device)) else 'cpu'
    found = dict(state_dict={k: v.to(device) for k, v in state.items()}, meta=meta)
    _drop_program(found)
    return found


def _drop_program(checkpoint: Mapping[str, Any]) -> None:
    """Remove ``meta['config']``, whose text mmengine runs as Python at a resume."""
    meta = checkpoint.get('meta')
    if isinstance(meta, dict):
        meta.pop('config', None)


# ---- what mmengine's own checkpoints hold beside tensors ---------------------------


class _History(HistoryBuffer):
    """A log's history without the functions that its pickle brings along."""

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(
            state.get('_log_history', ()),
            state.get('_count_history', ()),
            int(state.get('_max_length', 1_000_000)),
        )


def _no_attribute(*_: Any) -> None:
    """Stands for ``getattr``, by which pickles name the functions of a history."""


def _mmengine_values():
    """Let torch read NumPy's arrays and mmengine's history, as plain data."""
    if not hasattr(torch.serialization, 'safe_globals'):  # before 2.5
        return nullcontext()
    core = np._core if hasattr(np, '_core') else np.core
    kinds = ('bool', 'int32', 'int64', 'uint8', 'uint32', 'float32', 'float64')
    known = [
        core.multiarray._reconstruct,
        core.multiarray.scalar,
        np.ndarray,
        np.dtype,
        *{type(np.dtype(kind)) for kind in kinds},
        (core.multiarray._reconstruct, 'numpy.core.multiarray._reconstruct'),
        (core.multiarray.scalar, 'numpy.core.multiarray.scalar'),
        (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_no_attribute, 'builtins.getattr'),
    ]
    return torch.serialization.safe_globals(known)


# ---- what a file is that cannot be read --------------------------------------------


def _diagnosis(path: Path, error: Exception) -> str:
    """One line: what the file is, and what to do."""
    with path.open('rb') as file:
        head = file.read(512)
    name = repr(str(path))
    if head.startswith(_LFS):
        return f'{name} is a pointer of git-lfs, not the weights; `git lfs pull` there'
    if not head:
        return f'{name} is empty; {_FETCH}'
    if head.lstrip().startswith(b'<'):
        return f'{name} is a page of the web, not weights; {_FETCH}, by its own link'
    if isinstance(error, pickle.UnpicklingError) and _OBJECTS.search(str(error)):
        return _refusal(path, name, error)
    if head.startswith(b'PK') and not zipfile.is_zipfile(path):
        return f'{name} is cut off: its end is missing; {_FETCH}'
    if _is_program(path):
        return f'{name} is a program of TorchScript; save state_dict() of its model'
    return f'{name} is damaged, or holds no weights; {_FETCH}'


def _is_program(path: Path) -> bool:
    """Whether a zip holds what TorchScript keeps beside the weights."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith('/constants.pkl') for name in archive.namelist())
    except Exception:  # of many kinds: no zip, or a damaged one
        return False


def _refusal(path: Path, name: str, error: Exception) -> str:
    found = re.findall(r'GLOBAL (\S+)|instantiate class `?([\w.]+)', str(error))
    names = sorted({one or other for one, other in found})
    what = f' ({", ".join(names)})' if names else ''
    target = path.with_name(f'{path.stem}_plain.pth')
    paths = dict(source=json.dumps(str(path)), target=json.dumps(str(target)))
    line = shlex.quote(_CONVERT.format(**paths))
    return (
        f'{name} holds Python objects{what} beside tensors. To read them would run '
        'code of whoever made the file; it was not read. If you trust them, convert it '
        f'once, on a machine that you can lose, by: python -c {line}'
    )
