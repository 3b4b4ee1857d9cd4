"""Which folds of a config can be trained and tested, by its own data sets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mmengine.config import Config

from ..datasets import FewShotSegDataset
from ..engine.leaks import (
    candidate_images,
    class_names,
    shared_images,
    supervised_pixels,
)
from ..registry import DATASETS
from ..utils.text import group_lines, shorten
from .folder_config import folds_of_config, parts_of
from .folder_findings import LEAVE_OUT

_VERBS = dict(train='trains on', val='validates on', test='tests on')
_SHOWN = 3
_LISTS = (
    '--train-split and --test-split, two lists of image names (in a config, split of '
    'each data set)'
)
_SHOW_ALL = (
    "--novel-images ignore or keep (in a config novel_images='ignore' or 'keep'), with "
    f'separate images, {_LISTS}'
)


@dataclass(frozen=True)
class FoldCheck:
    """One fold.

    Args:
        fold (int, optional): Its number; None where classes are held out by name.
        held_out (tuple[str, ...]): Names of the novel classes.
        numbers (dict[str, tuple[int, int]]): Classes and images of each part.
        problems (tuple[str, ...]): Lines on why a part cannot be run.
    """

    fold: int | None
    held_out: tuple[str, ...]
    numbers: dict[str, tuple[int, int]]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        subject = 'the class' if self.fold is None else f'fold {self.fold}'
        told = dict(self.numbers)
        if told.get('val') == told['test']:
            told.pop('val')
        parts = [
            f'{_VERBS[part]} {classes} classes in {images} images'
            for part, (classes, images) in told.items()
        ]
        return f'{subject}: holds out {", ".join(self.held_out)}; {", ".join(parts)}'


def check_folds(cfg: Config, known: Collection[str] = ()) -> list[FoldCheck]:
    """Build the data sets of each fold, as the tools do, and count their candidates.

    Args:
        cfg (Config): With :class:`~fss_mm.datasets.FewShotFolderDataset`, free of
            files that cannot be used.
        known (Collection[str]): Names of classes that are a problem in any fold, which
            is told elsewhere. Defaults to ().
    """
    return [_check(cfg, fold, known) for fold in folds_of_config(cfg)]


def fold_problems(checks: Sequence[FoldCheck]) -> list[str]:
    """A line for each cause, however many folds have it."""
    return group_lines([line for check in checks for line in check.problems], 'folds')


def _check(cfg: Config, fold: int | None, known: Collection[str]) -> FoldCheck:
    built = {part: _build(cfg, part, fold) for part in parts_of(cfg)}
    numbers = {
        part: (len(d.candidates.classes), len(d.candidates.classes_of_images))
        for part, d in built.items()
    }
    subject = 'the class' if fold is None else f'fold {fold}'
    found = [
        line
        for part, dataset in built.items()
        for line in _poor_lines(subject, part, dataset, known)
    ]
    if not found and 'train' in built:
        found = _leak_lines(subject, built)
    test = built['test']
    held_out = tuple(test.classes[c - 1] for c in test.novel_classes)
    return FoldCheck(fold, held_out, numbers, tuple(dict.fromkeys(found)))


def _build(cfg: Config, part: str, fold: int | None) -> FewShotSegDataset:
    """A part's data set as the tools build it with ``--fold``."""
    given = cfg[f'{part}_dataloader'].dataset.to_dict()
    return DATASETS.get(given.pop('type'))(**(given | dict(fold=fold)))


def _poor_lines(
    subject: str, part: str, dataset: FewShotSegDataset, known: Collection[str]
) -> list[str]:
    """Why there are no episodes of some of the classes."""
    candidates, needed = dataset.candidates, dataset.num_shots + 1
    few = candidates.poor(needed) if candidates.images else candidates.left_out
    poor = [one for one in few if one.name not in known]
    if not poor:
        return []
    word = 'trained' if part == 'train' else 'tested'
    where = f'{subject} ({shorten(list(map(str, poor)), _SHOWN)})'
    if any(one.dropped for one in poor):
        rest = len(candidates.classes) > len(poor)
        remedy = f'use {_SHOW_ALL}' + (f'; or {LEAVE_OUT}' if rest else '')
        return [
            f'{where}: cannot be {word}, since training leaves out the images that '
            f"show a held-out class (novel_images='drop') and too few are left; "
            f'{remedy}'
        ]
    return [
        f'{where}: cannot be {word}, an episode needs {needed} images of its class; '
        f'add images, also to the list of names, or leave classes out with {LEAVE_OUT}'
    ]


def _leak_lines(subject: str, built: dict[str, FewShotSegDataset]) -> list[str]:
    """Why ``LeakCheckHook`` would refuse to train."""
    held_out = [built['val'], built['test']]
    trained = supervised_pixels(built['train'], class_names(held_out))
    images = shared_images(
        candidate_images([built['train']]), candidate_images(held_out)
    )
    lines = []
    if trained:
        names = shorten([repr(name) for name, *_ in trained], _SHOWN)
        lines.append(
            f'{subject} ({names}): cannot be trained, a held-out class and a trained '
            'one have the same name but for case, spaces or hyphens; rename or unite '
            'them'
        )
    if images:
        pairs = [f'{one} is {twin}' for one, twin in sorted(images.items())]
        lines.append(
            f'{subject} ({len(images)} images, {shorten(pairs, 1)}): cannot be '
            'trained, training and test share images; remove copies of an image, or '
            f'give both their own, {_LISTS}'
        )
    return lines
