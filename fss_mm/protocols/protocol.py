"""Named protocols: which images, which episodes, how scored.

A protocol is a config fragment, ``configs/_base_/protocols/<name>.py``, which writes
the fields of data sets, samplers and metrics. The functions here read it and write it
into a config; nothing in a data set or a metric knows what its name means.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..datasets import FewShotSegDataset
from ..evaluation.scoring import check_scoring
from ..registry import DATASETS
from ..utils.annotations import fits, in_words
from ..utils.config_files import fragment, fragment_names
from ..utils.config_options import read_config
from ..utils.signatures import accepted

_PART = 'protocols'


@dataclass(frozen=True)
class Protocol:
    """A protocol for one kind of data set.

    Args:
        name (str): What it is called.
        source (str): The paper and the code that it is taken from.
        draw (str): Name of the function that draws test episodes.
        num_episodes (int): Length of each list.
        seeds (tuple[int, ...]): One list for each.
        score_size (str | tuple[int, int]): As in ``FewShotIoUMetric``.
        void (str): What becomes of pixels of 255, as in ``FewShotIoUMetric``.
        train (dict): Fields of the training data set.
        test (dict): Fields of the test data set.
        val (dict): Fields of the validation data set: those of the test, but for what
            a fragment's own ``val`` says.
        pair_lists (dict): Published lists of pairs for ``train`` and ``test``, under a
            folder that the user names.
        known_lists (dict): What is known of these lists, see
            :func:`.known_lists.list_deviations`.
        tests_training_images (bool): Whether images of the training list are tested.
        benchmark (bool): Whether it is made for this very data set, whose lists and
            folds it knows, or for any data.
    """

    name: str
    source: str
    draw: str
    num_episodes: int
    seeds: tuple[int, ...]
    score_size: str | tuple[int, int]
    void: str
    train: dict = field(default_factory=dict)
    test: dict = field(default_factory=dict)
    val: dict = field(default_factory=dict)
    pair_lists: dict = field(default_factory=dict)
    known_lists: dict = field(default_factory=dict)
    tests_training_images: bool = False
    benchmark: bool = False

    @property
    def sampler(self) -> dict:
        """Fields of the test sampler."""
        return dict(
            draw=self.draw, num_episodes=self.num_episodes, seeds=list(self.seeds)
        )

    @property
    def scoring(self) -> dict:
        """Fields of the metric."""
        return dict(score_size=self.score_size, void=self.void)


def protocol_names() -> list[str]:
    """Names of the protocols that come with fss_mm."""
    return fragment_names(_PART)


def load_protocol(name: str | Path, dataset_type: str) -> Protocol:
    """Read a protocol for a kind of data set.

    Args:
        name (str | Path): One of :func:`protocol_names`, or the path of a fragment.
        dataset_type (str): Registered name of the data set.

    Raises:
        ValueError: If there is no such protocol, it is not made for this data set, or
            the fragment has unknown or missing fields.
    """
    path = Path(name) if str(name).endswith('.py') else fragment(_PART, str(name))
    if not path.is_file():
        raise ValueError(
            f'protocol {str(name)!r} is not one of {protocol_names()}, and no file of '
            'that name ending in .py'
        )
    rules = read_config(path).get('protocol')
    if not isinstance(rules, Mapping) or not isinstance(rules.get('datasets'), Mapping):
        raise ValueError(f'{path}: expected `protocol = dict(..., datasets=dict(...))`')
    rules = rules.to_dict()
    if (
        path.resolve().parent != fragment(_PART).resolve()
        and rules.get('name') in protocol_names()
    ):
        raise ValueError(
            f'{path}: name={rules["name"]!r} is that of a protocol of fss_mm; choose '
            'another'
        )
    datasets = rules.pop('datasets')
    data_set = DATASETS.get(dataset_type)
    if data_set is None:
        raise ValueError(
            f'data set {dataset_type!r} is not registered; name its module in '
            'custom_imports'
        )
    for kind in inspect.getmro(data_set):
        if kind.__name__ in datasets:
            rules['benchmark'] = kind is not FewShotSegDataset
            return _of_data_set(rules, datasets[kind.__name__], path)
    raise ValueError(
        f'protocol {rules.get("name")!r} is made for {sorted(datasets)}, and the '
        f'config has a {dataset_type}; use fss_mm, which is for all'
    )


def _of_data_set(rules: dict, own: dict, path: Path) -> Protocol:
    """Put a fragment's general fields and those of a data set together."""
    for values in (rules, own):
        _require_types(values, path)
    merged = rules | own
    for part in ('train', 'val', 'test'):
        merged[part] = rules.get(part, {}) | own.get(part, {})
    merged['val'] = merged['test'] | merged['val']
    for name in ('seeds', 'score_size'):
        if isinstance(merged.get(name), list):
            merged[name] = tuple(merged[name])
    try:
        check_scoring(merged.get('score_size'), merged.get('void'))
        return Protocol(**merged)
    except (TypeError, ValueError) as error:
        known = [f.name for f in dataclasses.fields(Protocol)]
        raise ValueError(f'{path}: {error}; the fields are {known}') from error


def _require_types(values: object, path: Path) -> None:
    """Check that fields are of the types that :class:`Protocol` says."""
    if not isinstance(values, Mapping):
        raise ValueError(f'{path}: {values!r} in datasets, expected a dict of fields')
    for name, parameter in accepted(Protocol).parameters.items():
        if name in values and not fits(values[name], parameter.annotation):
            expected = in_words(parameter.annotation)
            raise ValueError(f'{path}: {name}={values[name]!r}, expected {expected}')


def require_pair_lists(folder: str | None, protocols: Sequence[Protocol]) -> None:
    """Check that a folder of published lists, where one is given, is there and read.

    Raises:
        ValueError: If it is no folder, or none of the protocols has lists.
    """
    if folder is None:
        return
    if not Path(folder).is_dir():
        raise ValueError(f'--pair-lists {folder} is no folder')
    if not any(protocol.pair_lists for protocol in protocols):
        names = [protocol.name for protocol in protocols]
        raise ValueError(
            f'--pair-lists {folder}: none of the protocols {names} has published lists '
            'of pairs for this data set; leave it out, or name a --protocol that has'
        )
