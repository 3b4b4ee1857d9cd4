"""What a result depends on, as hashes: config, code and data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

import fss_mm
from fss_mm.registry import DATASETS
from fss_mm.version import __version__

_OF_EPISODES = ('query_pipeline', 'support_pipeline', 'fold', 'num_shots', 'protocol')


def short_hash(parts: Iterable[bytes | str]) -> str:
    """Sixteen digits of a SHA-256."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b'\0')
    return digest.hexdigest()[:16]


def config_key(cfg: Config) -> str:
    """Hash of all fields of a config, wherever it lies."""
    return short_hash([json.dumps(cfg.to_dict(), sort_keys=True, default=repr)])


def code_key(cfg: Config) -> str:
    """Version and hash of fss_mm's sources, and of the modules a config imports."""
    named = (cfg.get('custom_imports') or {}).get('imports') or ()
    return _code_key(tuple([named] if isinstance(named, str) else named))


@cache
def _code_key(modules: tuple[str, ...]) -> str:
    root = Path(fss_mm.__file__).parent
    files = [(p.relative_to(root).as_posix(), p) for p in root.rglob('*.py')]
    files = [(name, path) for name, path in files if not name.startswith('.mim')]
    found = [find_spec(name) for name in modules]
    files += [(s.name, Path(s.origin)) for s in found if s and s.origin]
    parts = (part for name, path in sorted(files) for part in (name, path.read_bytes()))
    return f'{__version__} {short_hash(parts)}'


def data_key(cfg: Config) -> str:
    """Hash of the masks' indices of training and test, and of where they lie.

    Drawn data sets are functions of their arguments and of the code.

    Raises:
        FileNotFoundError: If the data are not there.
        ValueError: If they cannot be used.
    """
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    loaders = [cfg.get(f'{part}_dataloader') for part in ('train', 'test')]
    return short_hash(_data_key(_frozen(one.dataset)) for one in loaders if one)


def _frozen(dataset: Mapping) -> str:
    own = {k: v for k, v in dataset.items() if k not in _OF_EPISODES}
    return json.dumps(own, sort_keys=True, default=list)


@cache
def _data_key(dataset: str) -> str:
    own = json.loads(dataset)
    if 'data_root' not in own:
        return dataset
    own = own | dict(fold=None, folds=None)
    if not own.get('novel_classes'):  # of a fold; the index knows none
        own |= dict(novel_classes=(), test_mode=False, base_classes=None)
    built = DATASETS.build(own)
    return f'{Path(own["data_root"]).resolve()} {built.index.sha256}'
