"""From a table to trainings and tests, and which of them are still to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from mmengine.config import Config

from fss_mm.engine.work_folder import best_checkpoint, last_checkpoint
from fss_mm.utils.config_files import find_config

from .kinds import TESTS
from .ledger import DONE, Ledger
from .tables import Row, Table, row_name

AGAIN = 'make it again by --again, or give another --work-dir'


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


def prepared_configs(table: Table) -> list[str]:
    """Every config of a table, those of weights among them, once."""
    found = [c for row in table.rows for c in (row.weights, row.config) if c]
    return list(dict.fromkeys(found))


def plan(
    table: Table, prepared: Mapping[str, Prepared], setting: Setting
) -> list[Group]:
    """The trainings and tests of a table; a training that rows share comes once.

    Args:
        table (Table): Its rows.
        prepared (Mapping[str, Prepared]): By config.
        setting (Setting): What they are run with.

    Raises:
        ValueError: If the config of a row's weights has no training.
    """
    groups: dict[str, Group] = {}
    for seed, fold, row in product(setting.seeds, setting.folds, table.rows):
        group = _group_of(groups, row, prepared, setting, fold, seed)
        if group.training is None and seed != setting.seeds[0]:
            continue  # nothing that a seed could change
        known = {run.name for run in group.tests}
        tests = _tests_of(
            row, group.training, prepared[row.config], setting, fold, seed
        )
        group.tests.extend(run for run in tests if run.name not in known)
    return list(groups.values())


def _group_of(
    groups: dict[str, Group],
    row: Row,
    prepared: Mapping[str, Prepared],
    setting: Setting,
    fold: int | None,
    seed: int,
) -> Group:
    config = row.weights or row.config
    trained = prepared[config].config.get('train_cfg') is not None
    if row.weights and not trained:
        raise ValueError(f'{row.name}: nothing is trained in {row.weights}')
    run = _run('train', config, prepared[config], setting, fold, seed)
    return groups.setdefault(run.name, Group(run if trained else None))


def _tests_of(
    row: Row,
    training: Run | None,
    prepared: Prepared,
    setting: Setting,
    fold: int | None,
    seed: int,
) -> Iterator[Run]:
    checkpoints = [''] if training is None else setting.checkpoints
    for test, checkpoint in product(row.tests, checkpoints):
        own = dict(test=test, checkpoint=checkpoint)
        key = own | dict(weights=training and training.name) | setting.lists
        name = f'{test}_{checkpoint}'.rstrip('_')
        yield _run(name, row.config, prepared, setting, fold, seed, key, **own)


def _run(
    name: str,
    config: str,
    prepared: Prepared,
    setting: Setting,
    fold: int | None,
    seed: int,
    key: Mapping[str, object] = {},
    **own: str,
) -> Run:
    place = '' if fold is None else f'fold{fold}_'
    place = f'{row_name(find_config(config))}/{place}seed{seed}{setting.suffix}'
    known = dict(prepared.key) | dict(setting.key) | dict(fold=fold, seed=seed) | key
    folder = setting.work_dir / place
    return Run(f'{place}/{name}', folder, config, fold, seed, known, **own)


def state_of(run: Run, ledger: Ledger, any_code: bool = False) -> str:
    """'done', 'resume', 'todo', 'anew', or 'refused: ' with the reason.

    'anew' is a training that was stopped before its first checkpoint: what it left is
    removed.

    Args:
        run (Run): A training or a test.
        ledger (Ledger): What was made before.
        any_code (bool): Take what other code has made. Defaults to False.
    """
    entry = ledger.get(run.name)
    if entry is None:
        return 'todo'
    passed = {'code'} if any_code else set()
    other = {
        name: (entry['key'].get(name), value)
        for name, value in run.key.items()
        if name not in passed
        and entry['key'].get(name) != value
        and (name, value) != ('data', None)  # not here, as in a dry run
    }
    if other:
        told = ', '.join(
            f'{n} {was} instead of {now}' for n, (was, now) in other.items()
        )
        return f'refused: {run.name} was made with other {told}; {AGAIN}'
    if run.test:
        there = entry['state'] == DONE and run.report.is_file()
        return 'done' if there else 'todo'
    if entry['state'] != DONE:
        return 'anew' if last_checkpoint(run.folder) is None else 'resume'
    return 'done'


def checkpoint_of(folder: Path, which: str) -> Path:
    """The checkpoint of a finished training.

    Raises:
        FileNotFoundError: If it is not there.
    """
    found = best_checkpoint(folder) if which == 'best' else last_checkpoint(folder)
    if found is None:
        raise FileNotFoundError(f'no iter_*.pth in {str(folder)!r}')
    return found


def missing_weights(group: Group, states: Mapping[str, str]) -> str | None:
    """Why tests that are to do cannot find the weights of a finished training."""
    training = group.training
    if training is None or states[training.name] != 'done':
        return None
    wanted = {run.checkpoint for run in group.tests if states[run.name] == 'todo'}
    for which in sorted(wanted):
        try:
            checkpoint_of(training.folder, which)
        except FileNotFoundError as error:
            return f'refused: {training.name} is finished, but {error}; {AGAIN}'
    return None


def states_of(
    groups: Sequence[Group], ledger: Ledger, any_code: bool = False, again: bool = False
) -> dict[str, str]:
    """The state of each run by its name.

    Args:
        groups (Sequence[Group]): Of :func:`plan`.
        ledger (Ledger): What was made before.
        any_code (bool): As in :func:`state_of`. Defaults to False.
        again (bool): What is refused is to do. Defaults to False.
    """
    found = {}
    for group in groups:
        own = {run.name: state_of(run, ledger, any_code) for run in group.runs()}
        missing = missing_weights(group, own)
        if missing:
            own[group.training.name] = missing
        if again:
            own = {n: 'anew' if s.startswith('refused') else s for n, s in own.items()}
        if group.training is not None:
            stale = _of_other_weights(group, own, ledger)
            own |= dict.fromkeys(stale, 'todo')
        found |= own
    return found


def _of_other_weights(
    group: Group, states: Mapping[str, str], ledger: Ledger
) -> list[str]:
    """Tests of weights that a later training has replaced, or will."""
    done = [run.name for run in group.tests if states[run.name] == 'done']
    if states[group.training.name] != 'done':
        return done
    made = ledger.get(group.training.name).get('made')
    return [name for name in done if ledger.get(name).get('weights') != made]


def title_of(test: str, checkpoint: str) -> str:
    """What a test is called: '1 shot, best checkpoint'."""
    return TESTS[test].title + (f', {checkpoint} checkpoint' if checkpoint else '')
