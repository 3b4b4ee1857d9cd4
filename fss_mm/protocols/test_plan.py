"""What is to be tested: one list of tests, each with its data, episodes and metric."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mmengine.config import Config, ConfigDict

from .deviations import find_deviations
from .following import follow_in_test
from .protocol import Protocol, load_protocol, protocol_names, require_pair_lists


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
    write_options: Callable[[Config], None] = lambda cfg: None,
) -> dict[str, Test]:
    """The config's test, or one for each protocol.

    Args:
        cfg (Config): A whole experiment; it is not changed.
        protocols (Sequence[str]): Names or files; see :func:`.load_protocol`.
        pair_lists (str, optional): Folder of published lists. Defaults to None.
        write_options (Callable[[Config], None]): Writes the user's options over a
            config; they stand above a protocol's fields. Defaults to nothing.

    Raises:
        ValueError: If a protocol does not exist, is not for this data set or comes
            twice, or lists of pairs are given that no protocol reads.
    """
    own = Test(cfg.test_dataloader, cfg.test_evaluator)
    chosen = [load_protocol(name, own.loader.dataset.type) for name in protocols]
    require_pair_lists(pair_lists, chosen)
    if not protocols:
        name = own.loader.dataset.get('protocol', 'custom')
        if name in protocol_names():  # a config may use the name, and is held to it
            own.protocol = load_protocol(name, own.loader.dataset.type)
        return {name: copy.deepcopy(own)}
    tests = {}
    for protocol in chosen:
        if protocol.name in tests:
            raise ValueError(f'protocol {protocol.name!r} is given twice')
        own_cfg = copy.deepcopy(cfg)
        follow_in_test(own_cfg, protocol, pair_lists)
        write_options(own_cfg)
        tests[protocol.name] = Test(
            own_cfg.test_dataloader, own_cfg.test_evaluator, protocol
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


def _rules(test: Test) -> dict:
    if test.protocol is None:
        return dict(deviations=[])
    found = find_deviations(test.protocol, test.loader, test.metric)
    return dict(
        source=test.protocol.source,
        deviations=list(found),
        novel_images=test.protocol.train.get('novel_images'),
    )
