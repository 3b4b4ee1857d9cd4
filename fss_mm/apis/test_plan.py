"""What is to be tested: one list of tests, each with its data, episodes and metric."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmengine.config import Config, ConfigDict

from .protocols import Protocol, follow_in_test, load_protocol, protocol_names


@dataclass
class Test:
    """One row of an evaluation.

    Args:
        loader (dict): Config of the loader: data set and sampler.
        metric (dict): Config of the metric.
        protocol (Protocol, optional): What it is to follow; None for the config's own
            settings.
    """

    __test__ = False  # for pytest, which looks for classes of this name

    loader: ConfigDict
    metric: ConfigDict
    protocol: Protocol | None = None


def plan_tests(
    cfg: Config,
    protocols: Sequence[str] = (),
    pair_lists: str | None = None,
    cfg_options: Mapping | None = None,
) -> dict[str, Test]:
    """The config's test, or one for each protocol.

    Args:
        cfg (Config): A whole experiment; it is not changed.
        protocols (Sequence[str]): Names or files; see :func:`.load_protocol`.
        pair_lists (str, optional): Folder of published lists. Defaults to None.
        cfg_options (Mapping, optional): Fields that the user has written over the
            config, which stand above a protocol's. Defaults to None.

    Raises:
        ValueError: If a protocol does not exist, is not for this data set or comes
            twice, or no protocol that is named has lists of pairs.
    """
    own = Test(cfg.test_dataloader, cfg.test_evaluator)
    if not protocols:
        name = own.loader.dataset.get('protocol', 'custom')
        if name in protocol_names():  # a config may use the name, and is held to it
            own.protocol = load_protocol(name, own.loader.dataset.type)
        return {name: copy.deepcopy(own)}
    tests = {}
    for name in protocols:
        protocol = load_protocol(name, own.loader.dataset.type)
        if protocol.name in tests:
            raise ValueError(f'protocol {protocol.name!r} is given twice')
        own_cfg = copy.deepcopy(cfg)
        follow_in_test(own_cfg, protocol, pair_lists)
        own_cfg.merge_from_dict(cfg_options or {})
        tests[protocol.name] = Test(
            own_cfg.test_dataloader, own_cfg.test_evaluator, protocol
        )
    if pair_lists and not any('pair_list' in t.loader.dataset for t in tests.values()):
        raise ValueError(
            f'--pair-lists {pair_lists}: none of {list(tests)} has published lists of '
            'pairs for this data set; leave it out, or name a protocol that has'
        )
    return tests


def write_tests(cfg: Config, tests: Mapping[str, Test]) -> None:
    """Write a plan into a config: as its test, or as the union of several.

    Args:
        cfg (Config): Changed in place: ``test_dataloader``, ``test_evaluator`` and
            ``tests``, which says what each follows and where it deviates.
        tests (Mapping[str, Test]): By name.
    """
    cfg.tests = {name: _rules(test) for name, test in tests.items()}
    loaders = {name: test.loader for name, test in tests.items()}
    first = next(iter(tests.values()))
    cfg.test_dataloader, cfg.test_evaluator = first.loader, first.metric
    if len(tests) == 1:
        return
    cfg.test_dataloader = dict(
        copy.deepcopy(first.loader),
        dataset=dict(
            type='JointTestDataset',
            datasets={name: loader.dataset for name, loader in loaders.items()},
        ),
        sampler=dict(
            type='JointEpisodeSampler',
            samplers={name: loader.sampler for name, loader in loaders.items()},
        ),
    )
    metrics = {name: test.metric for name, test in tests.items()}
    cfg.test_evaluator = dict(type='JointTestMetric', tests=metrics)


def metrics_of(cfg: Config) -> dict[str, ConfigDict]:
    """The metric of each test of a config, by name."""
    metric = cfg.test_evaluator
    if 'tests' in metric:
        return metric.tests
    name = next(iter(cfg.get('tests', {})), None)
    return {name or cfg.test_dataloader.dataset.get('protocol', 'custom'): metric}


def _rules(test: Test) -> dict:
    if test.protocol is None:
        return dict(deviations=[])
    return dict(source=test.protocol.source, deviations=list(_deviations(test)))


def _deviations(test: Test) -> Iterator[str]:
    """Where a test is not what its protocol says."""
    parts = (
        (test.protocol.test, test.loader.dataset),
        (test.protocol.sampler, test.loader.sampler),
        (test.protocol.scoring, test.metric),
    )
    for rules, given in parts:
        for key, value in rules.items():
            if _plain(given.get(key)) != _plain(value):
                yield f'{key} is {given.get(key)} instead of {value}'
    if test.loader.sampler.get('identical_inputs'):
        yield 'the support is the query'


def _plain(value):
    return list(value) if isinstance(value, (list, tuple)) else value
