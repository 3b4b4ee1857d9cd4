"""How mmengine finds checkpoints, with our reader in place of its own.

mmengine reads a file whole, with what it runs, where the safe way fails. Everything in
it and in mmseg that reads weights (``load_from``, ``resume``, ``init_cfg``, backbones)
asks one table of readers by the beginning of the path; importing this fills the table.
"""

from __future__ import annotations

import os
from typing import Any

from mmengine.runner import checkpoint as mmengine
from mmengine.runner.checkpoint import CheckpointLoader

from ..utils.checkpoint_files import read_checkpoint, state_dict_of
from ..utils.weights_download import fetch

_UNREAD = ('pavi://', r'(\S+\:)?s3://', r'(\S+\:)?petrel://')


@CheckpointLoader.register_scheme('', force=True)
def load_from_local(filename: str, map_location: Any = None) -> dict:
    """A file; see :func:`~fss_mm.utils.checkpoint_files.read_checkpoint`."""
    return read_checkpoint(filename, map_location)


@CheckpointLoader.register_scheme(('http://', 'https://'), force=True)
def load_from_http(filename: str, map_location: Any = None) -> dict:
    """A file of the web."""
    return read_checkpoint(fetch(filename), map_location)


@CheckpointLoader.register_scheme(('modelzoo://', 'torchvision://'), force=True)
def load_from_torchvision(filename: str, map_location: Any = None) -> dict:
    """Weights of torchvision, by mmengine's names of them."""
    name = filename.partition('://')[2]
    return _named(mmengine.get_torchvision_models(), name, map_location)


@CheckpointLoader.register_scheme(('open-mmlab://', 'openmmlab://'), force=True)
def load_from_openmmlab(filename: str, map_location: Any = None) -> dict:
    """Weights of OpenMMLab's backbones, by name."""
    name = filename.partition('://')[2]
    name = mmengine.get_deprecated_model_names().get(name, name)
    return _named(mmengine.get_external_models(), name, map_location)


@CheckpointLoader.register_scheme('mmcls://', force=True)
def load_from_mmcls(filename: str, map_location: Any = None) -> dict:
    """Weights of MMClassification's backbones, by name."""
    name = filename.partition('://')[2]
    found = _named(mmengine.get_mmcls_models(), name, map_location)
    prefix, state = 'backbone.', state_dict_of(found)
    kept = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
    return dict(state_dict=kept)


@CheckpointLoader.register_scheme(_UNREAD, force=True)
def load_from_elsewhere(filename: str, map_location: Any = None) -> dict:
    """Refuse what no reader of ours fetches.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f'{filename!r} is not fetched; download it, and name the file')


def _named(table: dict[str, str], name: str, map_location: Any) -> dict:
    if name not in table:
        raise ValueError(f'{name!r} is none of the weights {sorted(table)}')
    if table[name].startswith(('http://', 'https://')):
        return load_from_http(table[name], map_location)
    cache = os.environ.get('XDG_CACHE_HOME', '~/.cache')
    home = os.environ.get('MMENGINE_HOME', f'{cache}/mmengine')
    return load_from_local(f'{home}/{table[name]}', map_location)
