"""From a table to trainings and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from mmengine.config import Config

from fss_mm.utils.config_files import find_config

from .keys import has_folds
from .runs import Group, Prepared, Run, Setting
from .tables import FOLDS, Row, Table, row_name


def prepared_configs(table: Table) -> list[str]:
    """Every config of a table, those of weights among them, once."""
    found = [c for row in table.rows for c in (row.weights, row.config) if c]
    return list(dict.fromkeys(found))


def folds_of(
    configs: Iterable[Config], wanted: Sequence[int] | None
) -> tuple[int | None, ...]:
    """What is held out, one after another: folds, or None once where there are none.

    Args:
        configs (Iterable[Config]): Of all rows.
        wanted (Sequence[int], optional): Defaults to None: 0 to 3.

    Raises:
        ValueError: If folds are wanted of data without.
    """
    loaders = [cfg.get('test_dataloader') for cfg in configs]
    if any(has_folds(one.dataset) for one in loaders if one):
        return FOLDS if wanted is None else tuple(wanted)
    if wanted is not None:
        raise ValueError(
            f'--folds {" ".join(map(str, wanted))}: the data of this table have no '
            "folds; leave it out, or write a fold into the configs' data sets"
        )
    return (None,)


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
