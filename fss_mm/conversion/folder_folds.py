"""Which folds of a config can be trained and tested, by its own data sets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mmengine.config import Config
from torch.utils.data import Sampler

from ..datasets import FewShotSegDataset
from ..registry import DATA_SAMPLERS, DATASETS
from ..utils.text import counted, group_lines
from .fold_obstacles import blind_lines, leak_lines, poor_lines
from .folder_config import folds_of_config, parts_of

_VERBS = dict(train='trains on', val='validates on', test='tests on')


@dataclass(frozen=True)
class FoldCheck:
    """One fold.

    Args:
        fold (int, optional): Its number; None where classes are held out by name.
        held_out (tuple[str, ...]): Names of the novel classes.
        numbers (dict[str, tuple[int, int]]): Classes and images of each part.
        most_shots (int): Supports of an episode that a test has images for.
        problems (tuple[str, ...]): Lines on why a part cannot be run.
        blind (tuple[str, ...]): Lines on classes that vanish.
    """

    fold: int | None
    held_out: tuple[str, ...]
    numbers: dict[str, tuple[int, int]]
    most_shots: int
    problems: tuple[str, ...]
    blind: tuple[str, ...]

    def __str__(self) -> str:
        subject = 'the class' if self.fold is None else f'fold {self.fold}'
        told = dict(self.numbers)
        if told.get('val') == told['test']:
            told.pop('val')
        parts = [
            f'{_VERBS[part]} {counted(classes, "class", "classes")} in '
            f'{counted(images, "image")}'
            for part, (classes, images) in told.items()
        ]
        parts[-1] += f' (up to {self.most_shots} shots)'
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
    blind = dict.fromkeys(line for check in checks for line in check.blind)
    lines = [line for check in checks for line in check.problems]
    return [*group_lines(lines, 'folds'), *group_lines(blind, 'classes')]


def _check(cfg: Config, fold: int | None, known: Collection[str]) -> FoldCheck:
    built = {part: _build(cfg, part, fold) for part in parts_of(cfg)}
    numbers = {
        part: (len(d.candidates.classes), len(d.candidates.classes_of_images))
        for part, d in built.items()
    }
    subject = 'the class' if fold is None else f'fold {fold}'
    poor = any(d.candidates.poor(d.num_shots + 1) for d in built.values())
    found = [
        line
        for part, dataset in built.items()
        for line in poor_lines(subject, part, dataset, known)
    ]
    if not found and 'train' in built:
        found = leak_lines(subject, built)
    blind: list[str] = []
    if not found and not poor:
        for part, dataset in built.items():
            blind += blind_lines(dataset, _sampler(cfg, part, dataset))
    test = built['test']
    held_out = tuple(test.classes[c - 1] for c in test.novel_classes)
    fewest = min(map(len, test.candidates.images.values()), default=0)
    problems = tuple(tuple(dict.fromkeys(lines)) for lines in (found, blind))
    return FoldCheck(fold, held_out, numbers, max(0, fewest - 1), *problems)


def _build(cfg: Config, part: str, fold: int | None) -> FewShotSegDataset:
    """A part's data set as the tools build it with ``--fold``."""
    given = cfg[f'{part}_dataloader'].dataset.to_dict()
    return DATASETS.get(given.pop('type'))(**(given | dict(fold=fold)))


def _sampler(cfg: Config, part: str, dataset: FewShotSegDataset) -> Sampler:
    given = cfg[f'{part}_dataloader'].sampler.to_dict()
    return DATA_SAMPLERS.get(given.pop('type'))(dataset, **given)
