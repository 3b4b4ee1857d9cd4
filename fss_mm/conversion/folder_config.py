"""The config that a check of a user's data prints, and what the tools make of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config

from ..utils.config_files import find_config
from .check_options import CheckOptions

PARTS = ('train', 'val', 'test')
BASE = 'simprop/folder'
_MOST_FOLDS = 4


def drawn_classes(
    classes: Sequence[str], counts: np.ndarray, min_images: int
) -> tuple[str, ...]:
    """Names of the classes that are not left out.

    Args:
        classes (Sequence[str]): All of them.
        counts (np.ndarray): (C, 2) as :func:`~.class_findings.class_counts` makes it.
        min_images (int): Fewest images of a class.
    """
    images = counts[:, 0].tolist()
    return tuple(name for name, n in zip(classes, images) if n >= min_images)


def config_snippet(options: CheckOptions, classes: Sequence[str]) -> str:
    """A whole config of the data, on the base of ``configs/simprop/folder.py``.

    With a single class there is nothing to train on while it is held out: that config
    is for tests only.

    Args:
        options (CheckOptions): Where the data lie.
        classes (Sequence[str]): Names of the classes that are drawn.

    Raises:
        FileNotFoundError: If the package is installed without its configs.
    """
    given = options.given()
    single = len(classes) == 1
    if single:
        given |= dict(folds=None, fold=None, novel_classes=tuple(classes))
    elif len(classes) < _MOST_FOLDS:
        given['folds'] = dict(num_folds=len(classes), seed=0)
    tests_only = ['train_cfg = None  # one class: for tests only', *_loader('test', {})]
    loaders = [line for part in PARTS for line in _loader(part, options.given_to(part))]
    return '\n'.join(
        [
            f'_base_ = [{str(find_config(BASE))!r}]',
            '_folder = dict(',
            *(f'    {key}={_written(value)},' for key, value in given.items()),
            ')',
            *(tests_only if single else loaders),
        ]
    )


def _loader(part: str, own: dict[str, object]) -> list[str]:
    more = ''.join(f', {key}={value!r}' for key, value in own.items())
    dataset = f'dict(_folder{more})' if more else '_folder'
    return [f'{part}_dataloader = dict(dataset={dataset})']


def _written(value: object) -> str:
    if not isinstance(value, dict):
        return repr(value)
    return f'dict({", ".join(f"{key}={item!r}" for key, item in value.items())})'


def load_snippet(text: str) -> Config:
    """The config as the tools read it from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'folder.py'
        path.write_text(text, encoding='utf-8')
        return Config.fromfile(path)


def parts_of(cfg: Config) -> tuple[str, ...]:
    """What a config says of 'train', 'val' and 'test' that can be run."""
    return PARTS if cfg.get('train_cfg') is not None else ('test',)


def folds_of_config(cfg: Config) -> list[int | None]:
    """The folds that ``--fold`` takes, or None where classes are held out by name."""
    dataset = cfg.test_dataloader.dataset
    if dataset.get('fold') is None:
        return [None]
    return list(range(dataset.folds['num_folds']))


def resized_to(cfg: Config) -> list[tuple[int, int]]:
    """Sizes (height, width) that the pipelines resize masks to."""
    loaders = [cfg[f'{part}_dataloader'].dataset for part in parts_of(cfg)]
    steps = [
        step
        for dataset in loaders
        for role in ('query_pipeline', 'support_pipeline')
        for step in dataset.get(role) or ()
    ]
    return sorted({tuple(step['scale'])[::-1] for step in steps if 'scale' in step})
