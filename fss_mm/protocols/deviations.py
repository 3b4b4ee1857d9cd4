"""Where a test is not what its protocol says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from ..registry import DATA_SAMPLERS, DATASETS, METRICS
from .protocol import Protocol

# fields that say where data lie, what the network sees, and what is asked for
_FREE = {
    'type', 'data_root', 'img_dir', 'img_suffix', 'mask_suffix', 'metainfo', 'fold',
    'num_shots', 'query_pipeline', 'support_pipeline', 'protocol',
    'base_classes', 'novel_images',
}  # fmt: skip
# fields that say what a user's own data are, of which a protocol knows nothing
_OWN_DATA = {
    'split', 'mask_dir', 'annotations', 'classes', 'folds', 'novel_classes',
    'min_pixels', 'num_images', 'side', 'foreground', 'ignore', 'img_range',
}  # fmt: skip
_NOT_RULES = {'type', 'seed'}


def find_deviations(
    protocol: Protocol, loader: Mapping, metric: Mapping
) -> Iterator[str]:
    """Compare every field that decides a result with the protocol's, or the default.

    Args:
        protocol (Protocol): What the test is to follow.
        loader (Mapping): Config of its loader.
        metric (Mapping): Config of its metric.

    Yields:
        str: '<field> is <value> instead of <value>'.
    """
    dataset, sampler = loader['dataset'], loader['sampler']
    free = _FREE if protocol.benchmark else _FREE | _OWN_DATA - set(protocol.test)
    rules = dict(protocol.test, test_mode=True)
    wanted = protocol.pair_lists.get('test')
    if wanted and str(dataset.get('pair_list') or '').endswith(wanted):
        rules['pair_list'] = dataset['pair_list']
    parts = (
        (rules, dataset, DATASETS, free),
        (protocol.sampler, sampler, DATA_SAMPLERS, _NOT_RULES),
        (protocol.scoring, metric, METRICS, _NOT_RULES),
    )
    for rules, given, registry, ignored in parts:
        defaults = default_arguments(registry.get(given['type']))
        for key in sorted({*rules, *given} - ignored):
            default = defaults.get(key)
            expected, found = rules.get(key, default), given.get(key, default)
            if _plain(found) != _plain(expected):
                yield f'{key} is {found} instead of {expected}'


def training_deviations(rules: Mapping, training: Mapping | None) -> list[str]:
    """Where weights saw more or less of the novel classes than a protocol says.

    Other rules of a training (its list, its filter) are choices of the method; this one
    decides what a test of these classes means.

    Args:
        rules (Mapping): The test's entry of ``cfg.tests``.
        training (Mapping, optional): What the checkpoint says of its data. Defaults to
            None: nothing.

    Returns:
        list[str]: One deviation, or none.
    """
    expected = rules.get('novel_images')
    found = (training or {}).get('novel_images')
    if expected is None or found in (None, expected):
        return []
    return [f'trained with novel_images={found} instead of {expected}']


def default_arguments(kind: type) -> dict[str, object]:
    """Defaults of a class's constructor and of those that it passes arguments on to."""
    defaults: dict[str, object] = {}
    for parent in reversed(inspect.getmro(kind)):
        for name, parameter in inspect.signature(parent.__init__).parameters.items():
            if parameter.default is not inspect.Parameter.empty:
                defaults[name] = parameter.default
    return defaults


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
