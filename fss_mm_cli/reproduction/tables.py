"""Tables as data: rows with their configs and tests, and what was published of them.

A named table is ``configs/tables/<name>.yml``:

title: SimPropNet's Table 4 ...
data: pascal5i               # the paper's, whose configs the rows name
tests: [1shot]               # of rows that name none
scores: [mIoU, FBIoU]        # default: mIoU
rows:
- name: fusion
  config: crnet/table4_fusion
  weights: crnet/table2_both      # config whose training it is tested with
  tests: [1shot, 5shot]
  published: {5shot: NAME}        # entry of a metafile.yml; default: the config's own
  open: what the paper does not say of this row

Published figures are in the configs' metafile.yml alone. On another data set a row's
config is ``<data>/<config>``: voc8/crnet/table4_fusion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import mean

import yaml

from fss_mm.utils.config_files import configs_folder, find_config

from .kinds import SCORES, TESTS

FOLDS = (0, 1, 2, 3)


@dataclass(frozen=True)
class Published:
    """A figure of a paper.

    Args:
        source (str): The paper's short name and its table.
        mean (float | None): Over the folds, in percent.
        folds (dict[int, float]): Of each fold, where the paper has them.
    """

    source: str
    mean: float | None
    folds: dict[int, float] = field(default_factory=dict)

    def over(self, folds: Sequence[int | None]) -> Published | None:
        """The figure of some folds; None where the paper does not have all of them."""
        if None in folds or set(folds) >= set(FOLDS):
            return self
        own = {fold: self.folds[fold] for fold in folds if fold in self.folds}
        if len(own) < len(set(folds)):
            return None
        names = f'fold{"s" * (len(own) > 1)} {", ".join(map(str, own))}'
        return Published(f'{self.source}, {names}', mean(own.values()), own)


@dataclass(frozen=True)
class Row:
    """A row: a config and how it is tested.

    Args:
        name (str): What the table calls it.
        config (str): Path of the config, or its name.
        tests (tuple[str, ...]): Names of :data:`.kinds.TESTS`.
        weights (str, optional): Config whose training it is tested with. Defaults to
            None: its own, or none for a method without training.
        published (Mapping[tuple[str, str], Published]): By test and score.
        open (str): What the paper does not say. Defaults to ''.
    """

    name: str
    config: str
    tests: tuple[str, ...]
    weights: str | None = None
    published: Mapping[tuple[str, str], Published] = field(default_factory=dict)
    open: str = ''


@dataclass(frozen=True)
class Table:
    """Rows that are shown together.

    Args:
        name (str): Of its file.
        title (str): A line.
        data (str): What published figures are of; '' where there are none.
        rows (tuple[Row, ...]): The first is what the others are compared with.
        scores (tuple[str, ...]): Of :data:`.kinds.SCORES`. Defaults to mIoU.
        folds (tuple[int | None, ...]): That are run; None once where the data have
            none. Defaults to 0 to 3.
        left_out (tuple[str, ...]): Rows without a config on the data set asked for.
    """

    name: str
    title: str
    data: str
    rows: tuple[Row, ...]
    scores: tuple[str, ...] = ('mIoU',)
    folds: tuple[int | None, ...] = FOLDS
    left_out: tuple[str, ...] = ()


def table_names() -> list[str]:
    """Names of the tables that come with fss_mm, such as 'simprop/table4'."""
    folder = configs_folder() / 'tables'
    files = folder.rglob('*.yml')
    return sorted(p.relative_to(folder).with_suffix('').as_posix() for p in files)


def named_table(name: str) -> Table:
    """Read a table by its name.

    Raises:
        ValueError: If there is none, naming all.
    """
    known = table_names()
    if name not in known:
        raise ValueError(f'no table {name!r}; there are {", ".join(known)}')
    path = configs_folder() / 'tables' / f'{name}.yml'
    given = yaml.safe_load(path.read_text(encoding='utf-8'))
    index, scores = read_metafiles(), tuple(given.get('scores', ['mIoU']))
    rows = tuple(
        _row(row, given.get('tests', []), scores, index) for row in given['rows']
    )
    return Table(name, given['title'], given['data'], rows, scores)


def _row(
    given: Mapping, tests: Sequence[str], scores: Sequence[str], index: Mapping
) -> Row:
    tests = tuple(given.get('tests', tests))
    entries = {test: index.get(f'configs/{given["config"]}.py') for test in tests}
    entries |= {test: index[name] for test, name in given.get('published', {}).items()}
    found = {
        (test, score): figure
        for test, entry in entries.items()
        for score in scores
        if entry and (figure := published(entry, test, score)) is not None
    }
    weights, text = given.get('weights'), given.get('open', '')
    return Row(given['name'], given['config'], tests, weights, found, text)


@cache
def read_metafiles() -> dict[str, dict]:
    """Each model of the index by its name and by its config, with its collection."""
    found = {}
    for path in sorted(configs_folder().glob('*/metafile.yml')):
        given = yaml.safe_load(path.read_text(encoding='utf-8'))
        paper = given['Collections'][0]['Name']
        for model in given['Models']:
            found[model['Name']] = found[model['Config']] = model | dict(paper=paper)
    return found


def published(model: Mapping, test: str, score: str) -> Published | None:
    """What a metafile's model says of a test, if anything."""
    kind, name = TESTS[test], SCORES[score]
    for result in model.get('Results', ()):
        data, metrics = result['Dataset'], result['Metrics']
        suffixes = {one.data for one in TESTS.values() if data.endswith(one.data)}
        if max(suffixes, key=len) != kind.data:
            continue
        folds = {f: v for f in FOLDS if (v := metrics.get(f'{name} (fold {f})'))}
        if folds or name in metrics:
            source = model['Metadata']['Results From'].partition(':')[0]
            return Published(f'{model["paper"]}, {source}', metrics.get(name), folds)
    return None


def on_data(table: Table, data: str) -> Table:
    """A table with its rows' configs on a data set; those without one are left out.

    Raises:
        ValueError: If no row has one.
    """
    if data == table.data:
        return table
    there, missing = [], []
    for row in table.rows:
        config = f'{data}/{row.config}'
        weights = row.weights and f'{data}/{row.weights}'
        lacking = [one for one in (config, weights) if one and not _exists(one)]
        missing += [f'{row.name} (no configs/{lacking[0]}.py)'] if lacking else []
        there += [] if lacking else [replace(row, config=config, weights=weights)]
    if not there:
        raise ValueError(
            f'{table.name} has no row on {data!r}: {", ".join(missing)}; its own data '
            f'are {table.data!r}'
        )
    return replace(table, rows=tuple(there), left_out=tuple(missing))


def _exists(config: str) -> bool:
    return (configs_folder() / f'{config}.py').is_file()


def own_table(
    configs: Sequence[str], tests: Sequence[str], weights: str | None = None
) -> Table:
    """A table of configs that are its rows.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If two rows have one name.
    """
    paths = [find_config(config) for config in configs]
    names = [row_name(path) for path in paths]
    if len(set(names)) < len(names):
        raise ValueError(f'rows need distinct names, got {names}')
    rows = tuple(
        Row(name, str(path), tuple(tests), weights) for name, path in zip(names, paths)
    )
    return Table('table', "Rows of one's own", '', rows)


def row_name(config: str | Path) -> str:
    """The name of a config, as that of its default work folder: simprop_table4_dpr."""
    path = Path(config).absolute()
    folder = configs_folder()
    if path.is_relative_to(folder):
        return '_'.join(path.relative_to(folder).with_suffix('').parts)
    return f'{path.parent.name}_{path.stem}'
