"""What a result depends on, as hashes: config, code, data, protocol and its lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

import fss_mm
from fss_mm.protocols import Protocol
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
    datasets = [one.dataset for one in loaders if one]
    return short_hash(_data_key(_frozen(own), has_folds(own)) for own in datasets)


def has_folds(dataset: Mapping) -> bool:
    """Whether a config's data set holds out the classes of a fold."""
    given = [dataset.get(name) for name in ('fold', 'folds')]
    return given != [None, None] and not dataset.get('novel_classes')


def _frozen(dataset: Mapping) -> str:
    own = {k: v for k, v in dataset.items() if k not in _OF_EPISODES}
    return json.dumps(own, sort_keys=True, default=list)


@cache
def _data_key(dataset: str, of_fold: bool) -> str:
    own = json.loads(dataset)
    if 'data_root' not in own:
        return dataset
    if of_fold:  # the index is of all classes
        own |= dict(folds=None, novel_classes=(), test_mode=False, base_classes=None)
    built = DATASETS.build(own)
    return f'{Path(own["data_root"]).resolve()} {built.index.sha256}'


def protocol_key(protocol: Protocol) -> str:
    """Name and hash of a protocol's rules for a data set, wherever they are written."""
    rules = json.dumps(asdict(protocol), sort_keys=True, default=repr)
    return f'{protocol.name} {short_hash([rules])}'


def lists_key(folder: str, protocol: Protocol) -> str:
    """Hash of the lists of pairs, of all folds, that a protocol names in a folder."""
    root = Path(folder)
    patterns = (re.sub(r'{\w+}', '*', one) for one in protocol.pair_lists.values())
    files = sorted({path for pattern in patterns for path in root.glob(pattern)})
    return short_hash(
        part for f in files for part in (f.relative_to(root).as_posix(), f.read_bytes())
    )
