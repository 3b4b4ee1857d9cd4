"""The config that a check of a user's data prints, and what the tools make of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config

from ..index.folder_options import FolderOptions

PARTS = ('train', 'val', 'test')
BASE = Path(__file__).parents[2] / 'configs' / 'simprop' / 'folder.py'
_MOST_FOLDS = 4


@dataclass(frozen=True)
class EpisodeOptions:
    """Which classes and images episodes are drawn of: arguments of the data sets.

    Args:
        min_images (int): Defaults to 0.
        novel_images (str): Of training. Defaults to 'drop'.
        train_split (str, optional): ``split`` of training. Defaults to None.
        test_split (str, optional): ``split`` of validation and test. Defaults to None.
    """

    min_images: int = 0
    novel_images: str = 'drop'
    train_split: str | None = None
    test_split: str | None = None

    def drawn_classes(
        self, classes: Sequence[str], counts: np.ndarray
    ) -> tuple[str, ...]:
        """Names of the classes that are not left out.

        Args:
            classes (Sequence[str]): All of them.
            counts (np.ndarray): (C, 2), of images and pixels.
        """
        images = zip(classes, counts[:, 0].tolist())
        return tuple(name for name, n in images if n >= self.min_images)

    def stated(self, part: str) -> dict[str, object]:
        """Arguments of the data set of 'train', 'val' or 'test' alone."""
        split = self.train_split if part == 'train' else self.test_split
        found = {} if split is None else dict(split=split)
        if part == 'train' and self.novel_images != 'drop':
            found['novel_images'] = self.novel_images
        return found


def config_snippet(
    options: FolderOptions, episodes: EpisodeOptions, classes: Sequence[str]
) -> str:
    """A whole config of the data, on the base of ``configs/simprop/folder.py``.

    With a single class there is nothing to train on while it is held out: that config
    is for tests only.

    Args:
        options (FolderOptions): Where the data lie.
        episodes (EpisodeOptions): How they are used.
        classes (Sequence[str]): Names of the classes that are drawn.
    """
    given = dict(data_root=options.root.as_posix()) | options.stated()
    if episodes.min_images:
        given['min_images'] = episodes.min_images
    parts, header = PARTS, []
    if len(classes) == 1:
        given |= dict(folds=None, fold=None, novel_classes=tuple(classes))
        parts, header = ('test',), ['train_cfg = None  # one class: for tests only']
    elif len(classes) < _MOST_FOLDS:
        given['folds'] = dict(num_folds=len(classes), seed=0)
    return '\n'.join(
        [
            f'_base_ = [{str(BASE)!r}]',
            *header,
            '_folder = dict(',
            *(f'    {key}={_written(value)},' for key, value in given.items()),
            ')',
            *(_loader(part, episodes.stated(part)) for part in parts),
        ]
    )


def _loader(part: str, own: dict[str, object]) -> str:
    more = ''.join(f', {key}={value!r}' for key, value in own.items())
    dataset = f'dict(_folder{more})' if more else '_folder'
    return f'{part}_dataloader = dict(dataset={dataset})'


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
