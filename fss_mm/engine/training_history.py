"""What weights were ever trained on: classes, data sets and images.

A checkpoint carries it in ``meta['training_history']``. It grows with each training
that starts from these weights, so that a class or an image that was trained once is
known for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ..datasets.class_synonyms import fold_name, fold_names
from ..utils.text import shorten
from .checkpoint_meta import HISTORY, meta_of
from .leaks import candidate_images, few_shot_datasets, samples_of


def _no_images() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class TrainingHistory:
    """What weights were ever trained on.

    Args:
        classes (tuple[str, ...]): Names, each once in the sense of
            :func:`~fss_mm.datasets.class_synonyms.fold_name`.
        datasets (tuple[str, ...]): Types of the data sets, with their lists of images.
        images (np.ndarray): (I,) int64, sorted: a hash of each image's file (64 bits of
            SHA-256 of its size and some places in it), or of its name, if it has none.
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


def hashes_of_images(datasets: Sequence[Dataset]) -> np.ndarray:
    """(I,) int64, sorted: images that episodes of these data sets are drawn from."""
    found = candidate_images(datasets)
    hashes = [
        _hash(name.encode() if stat is None else b'%d %b' % samples_of(name))
        for name, stat in found.items()
    ]
    return np.unique(np.array(hashes, dtype=np.int64))


def _hash(content: bytes) -> int:
    digest = hashlib.sha256(content).digest()
    return int.from_bytes(digest[:8], 'little', signed=True)


def _title(meta: Mapping[str, Any]) -> str:
    split = meta.get('split')
    return meta['dataset'] if split is None else f'{meta["dataset"]} ({split})'
