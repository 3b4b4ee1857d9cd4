"""What a plan is made of: trainings and tests, and what they are run with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from .kinds import TESTS


@dataclass(frozen=True)
class Run:
    """One training or one test.

    Args:
        name (str): In the ledger: its folder and what it makes there.
        folder (Path): Where it works.
        config (str): Name of the row's config.
        fold (int, optional): Held out; None where the data set has no folds.
        seed (int): Of the training.
        key (Mapping[str, object]): What its result depends on.
        test (str): Of :data:`.kinds.TESTS`; '' for a training.
        checkpoint (str): 'best' or 'last'; '' for a training, or without one.
    """

    name: str
    folder: Path
    config: str
    fold: int | None
    seed: int
    key: Mapping[str, object]
    test: str = ''
    checkpoint: str = ''

    @property
    def row(self) -> str:
        """Name of the config's folder."""
        return self.name.partition('/')[0]

    @property
    def place(self) -> str:
        """Row, fold and seed, for messages."""
        return self.name.rpartition('/')[0]

    @property
    def report(self) -> Path:
        """Of a test."""
        return self.folder / f'{self.name.rpartition("/")[2]}.json'


@dataclass(frozen=True)
class Group:
    """A training with the tests of its weights, which run one behind another.

    Args:
        training (Run, optional): None where nothing is trained.
        tests (list[Run]): Of this training, of any row.
    """

    training: Run | None
    tests: list[Run] = field(default_factory=list)

    def runs(self) -> Iterator[Run]:
        """All, in order."""
        if self.training is not None:
            yield self.training
        yield from self.tests


@dataclass(frozen=True)
class Setting:
    """What a table is run with.

    Args:
        work_dir (Path): Of all results.
        folds (tuple[int | None, ...]): Held out, one after another.
        seeds (tuple[int, ...]): Of trainings.
        checkpoints (tuple[str, ...]): 'last', 'best' or both.
        suffix (str): Behind a run's folder: budget and protocol, where they are not
            the configs' own.
        key (Mapping[str, object]): What all results depend on, beside config, code and
            data.
        lists (Mapping[str, object]): What all tests depend on: their lists of episodes.
    """

    work_dir: Path
    folds: tuple[int | None, ...]
    seeds: tuple[int, ...]
    checkpoints: tuple[str, ...]
    suffix: str
    key: Mapping[str, object]
    lists: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A row's config as it is run, and the hashes of what it depends on."""

    config: Config
    key: Mapping[str, object]


def title_of(test: str, checkpoint: str) -> str:
    """What a test is called: '1 shot, best checkpoint'."""
    return TESTS[test].title + (f', {checkpoint} checkpoint' if checkpoint else '')
