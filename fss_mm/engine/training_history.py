"""What weights were ever trained on: classes, data sets and images.

A checkpoint carries it in ``meta['training_history']``. It grows with each training
that starts from these weights, so that a class or an image that was trained once is
known for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader
from torch.utils.data import Dataset

from ..datasets.class_names import fold_name, fold_names
from ..utils.text import shorten
from .checkpoint_meta import HISTORY, meta_of
from .leaks import candidate_images, few_shot_datasets, middle_of
from .work_folder import last_checkpoint

REMEDY = 'Take weights that never saw them, of this fold or trained anew'
_WEIGHTS_KEYS = ('checkpoint', 'pretrained', 'weights')
_WEIGHTS_ENDS = ('.pth', '.pt', '.safetensors')


def _no_images() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class TrainingHistory:
    """What weights were ever trained on.

    Args:
        classes (tuple[str, ...]): Names, each once in the sense of
            :func:`~fss_mm.datasets.class_names.fold_name`.
        datasets (tuple[str, ...]): Types of the data sets, with their lists of images.
        images (np.ndarray): (I,) int64, sorted: a hash of each image's file (64 bits of
            SHA-256 of its size and its middle), or of its name where it has none.
        unknown (tuple[str, ...]): Files of weights in it that do not say all of this.
    """

    classes: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    images: np.ndarray = field(default_factory=_no_images)
    unknown: tuple[str, ...] = ()

    def __or__(self, other: TrainingHistory) -> TrainingHistory:
        """What weights have seen that saw both."""
        return TrainingHistory(
            tuple(fold_names((*self.classes, *other.classes)).values()),
            tuple(dict.fromkeys((*self.datasets, *other.datasets))),
            np.union1d(self.images, other.images),
            tuple(dict.fromkeys((*self.unknown, *other.unknown))),
        )

    def among(self, classes: Iterable[str]) -> list[str]:
        """Which of these classes were trained, by their names here."""
        own = {fold_name(name) for name in self.classes}
        return [name for name in classes if fold_name(name) in own]

    def images_among(self, datasets: Sequence[Dataset]) -> tuple[int, int]:
        """How many images of these data sets' episodes were trained, and of how many.

        Args:
            datasets (Sequence[Dataset]): Data sets that have candidates.
        """
        tested = hashes_of_images(datasets)
        return int(np.isin(tested, self.images).sum()), len(tested)

    def to_meta(self) -> dict[str, Any]:
        """As plain values and a tensor, for a checkpoint."""
        return self.summary() | dict(images=torch.from_numpy(self.images))

    def summary(self) -> dict[str, Any]:
        """For a report: the names, and the number of images."""
        return dict(
            classes=list(self.classes),
            datasets=list(self.datasets),
            num_images=len(self.images),
            unknown=list(self.unknown),
        )

    def __str__(self) -> str:
        known = (
            f'{len(self.classes)} classes ({shorten(self.classes, 5)}) and '
            f'{len(self.images)} images of {", ".join(self.datasets)}'
        )
        parts = [known] if self.classes or self.datasets else []
        if self.unknown:
            parts.append(f'UNKNOWN data (of {shorten(self.unknown, 3)})')
        return ', and '.join(parts) or 'nothing'


def history_in(checkpoint: Mapping[str, Any], name: str) -> TrainingHistory:
    """What a checkpoint says of its past.

    One that was written without it, such as mmseg's, still names the classes of its
    last training in ``meta['dataset_meta']``. What is malformed counts as not said.

    Args:
        checkpoint (Mapping[str, Any]): As it was read.
        name (str): What to call it where something is unknown.
    """
    meta = meta_of(checkpoint)
    known = meta.get(HISTORY)
    if known is not None:
        parts = (tuple(known[key]) for key in ('classes', 'datasets'))
        return TrainingHistory(
            *parts, known['images'].cpu().numpy(), tuple(known['unknown'])
        )
    last = meta['dataset_meta']
    classes = tuple(last.get('classes') or ())
    if last.get('base_classes'):
        classes = tuple(classes[c - 1] for c in last['base_classes'])
    datasets = (last['dataset'],) if last.get('dataset') else ()
    return TrainingHistory(classes, datasets, unknown=(name,))


def history_of_training(datasets: Sequence[Dataset]) -> TrainingHistory:
    """What a training on these data sets adds.

    Args:
        datasets (Sequence[Dataset]): Of training; wrappers are looked into.
    """
    ours, others = few_shot_datasets(datasets)
    names = [name for dataset in ours for name in supervised_classes(dataset)]
    metas = [dataset.metainfo for dataset in ours]
    for other in others:
        meta = getattr(other, 'metainfo', None) or {}
        names += meta.get('classes') or ()
    return TrainingHistory(
        tuple(fold_names(names).values()),
        tuple(dict.fromkeys(_title(meta) for meta in metas))
        + tuple(type(other).__name__ for other in others),
        hashes_of_images(ours),
        tuple(f'images of {type(other).__name__}' for other in others),
    )


def supervised_classes(dataset: Dataset) -> list[str]:
    """Names of the classes that a data set of training has images of."""
    candidates = dataset.candidates
    return [candidates.class_names[c] for c, i in candidates.images.items() if len(i)]


def past_of(cfg: Config) -> TrainingHistory:
    """What the weights that an experiment starts from were trained on.

    These are the checkpoint that it loads or resumes, else the files of weights that
    its model names.

    Args:
        cfg (Config): A whole experiment.

    Raises:
        FileNotFoundError: If a file is missing.
        UnreadableWeights: If one cannot be read.
    """
    start = cfg.get('load_from')
    if start is None and cfg.get('resume'):
        start = last_checkpoint(cfg.work_dir)
    found = TrainingHistory()
    for path in weights_files(cfg.model) if start is None else [start]:
        checkpoint = CheckpointLoader.load_checkpoint(str(path), 'cpu', 'silent')
        found |= history_in(checkpoint, Path(path).name)
    return found


def remarks_on(
    past: TrainingHistory, held_out: Sequence[Dataset], allowed: str = ''
) -> list[str]:
    """Check that weights never saw the classes that are held out.

    Args:
        past (TrainingHistory): Of the weights.
        held_out (Sequence[Dataset]): Data sets of validation or test, with candidates.
        allowed (str): By which option classes may be trained all the same; they are a
            remark then. Defaults to '': they may not.

    Returns:
        list[str]: What else is to be said: images that were trained, unknown data.

    Raises:
        ValueError: If they did.
    """
    tables = [dataset.candidates.class_names for dataset in held_out]
    names = list(dict.fromkeys(name for table in tables for name in table.values()))
    trained, lines = past.among(names), []
    if trained:
        text = (
            f'{len(trained)} of the {len(names)} held-out classes were trained: '
            f'{shorten([repr(name) for name in trained])}; in all, the weights saw '
            f'{past}'
        )
        if not allowed:
            raise ValueError(f'{text}. {REMEDY}')
        lines.append(f'{text} ({allowed})')
    if len(past.images):
        shared, total = past.images_among(held_out)
        lines += [f'{shared} of {total} held-out images were trained'] if shared else []
    if past.unknown:
        lines.append(
            f'what they saw is UNKNOWN in part ({shorten(past.unknown, 3)} does not '
            'say): whether held-out classes or images are among it cannot be checked'
        )
    return lines


def weights_files(model: Any) -> Iterator[str]:
    """The files of weights that a model's config names, wherever in it."""
    if isinstance(model, Mapping):
        for key, value in model.items():
            if key in _WEIGHTS_KEYS and _is_file(value):
                yield value
            else:
                yield from weights_files(value)
    elif isinstance(model, (list, tuple)):
        for value in model:
            yield from weights_files(value)


def hashes_of_images(datasets: Sequence[Dataset]) -> np.ndarray:
    """(I,) int64, sorted: images that episodes of these data sets are drawn from."""
    found = candidate_images(datasets)
    hashes = [
        _hash(name.encode() if stat is None else b'%d %b' % middle_of(name))
        for name, stat in found.items()
    ]
    return np.unique(np.array(hashes, dtype=np.int64))


def _hash(content: bytes) -> int:
    digest = hashlib.sha256(content).digest()
    return int.from_bytes(digest[:8], 'little', signed=True)


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.endswith(_WEIGHTS_ENDS)
        and Path(value).is_file()
    )


def _title(meta: Mapping[str, Any]) -> str:
    split = meta.get('split')
    return meta['dataset'] if split is None else f'{meta["dataset"]} ({split})'
