"""Keys, types and values of configs that are wrong."""

from __future__ import annotations

import functools
import math
from typing import Any

from hypothesis import strategies as st

from .config_values import FIELDS, STRANGE
from .config_world import BASES, Experiment, as_text, base_values
from .kinds import Kind
from .paths import items, last

WAY = st.sampled_from(['option', 'file'])
_NEEDED = (
    'model',
    'model.type',
    'model.backbone',
    'model.backbone.type',
    'model.backbone.name',
    'model.decode_head',
    'model.decode_head.type',
    'model.decode_head.in_channels',
    'train_dataloader',
    'train_dataloader.batch_size',
    'train_dataloader.dataset',
    'train_dataloader.dataset.type',
    'train_dataloader.dataset.fold',
    'train_dataloader.sampler',
    'train_dataloader.sampler.type',
    'train_cfg',
    'train_cfg.type',
    'train_cfg.max_iters',
    'val_dataloader',
    'val_dataloader.dataset.type',
    'val_evaluator',
    'val_evaluator.type',
    'val_cfg',
    'optim_wrapper',
    'optim_wrapper.optimizer',
    'optim_wrapper.optimizer.type',
    'param_scheduler.0.type',
    'custom_hooks.0.type',
    'default_hooks.logger.type',
    'default_hooks.empty_masks.type',
    'test_dataloader',
    'test_dataloader.batch_size',
    'test_dataloader.dataset',
    'test_dataloader.dataset.type',
    'test_dataloader.sampler.type',
    'test_evaluator',
    'test_evaluator.type',
    'test_cfg',
)


@functools.cache
def _paths(ending: str = '') -> tuple[str, ...]:
    """Those of all bases whose last key is a word that one can misspell."""
    paths = (path for name in BASES for path, _ in items(base_values(name)))
    found = dict.fromkeys(
        p for p in paths if len(last(p)) > 3 and last(p) != '_delete_'
    )
    return tuple(p for p in found if p.endswith(ending) and p[0] != '_')


def _misspelt(word: str, how: str, place: int) -> str:
    """A word with one slip behind its first letter."""
    at = 1 + place % (len(word) - 2)
    if how == 'left out':
        return word[:at] + word[at + 1 :]
    if how == 'twice':
        return word[:at] + word[at] + word[at:]
    if how == 'swapped':
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + 'q' + word[at + 1 :]


def _slip(strategy: st.SearchStrategy) -> dict[str, st.SearchStrategy]:
    how = st.sampled_from(['left out', 'twice', 'swapped', 'another'])
    return dict(path=strategy, how=how, place=st.integers(0, 20), way=WAY)


def _misspell_key(experiment: Experiment, case: dict) -> None:
    """A key beside the right one, which a slip writes."""
    path, word = case['path'], last(case['path'])
    wrong = _misspelt(word, case['how'], case['place'])
    parent = path[: -len(word)]
    there = dict(items(experiment.values))
    experiment.words = [wrong]
    if path not in there or wrong == word:
        experiment.right, experiment.words = None, [wrong, *path.split('.')]
    value = there.get(path, 3)
    if case['way'] == 'option' and isinstance(value, dict):
        value = 3
    experiment.set(parent + wrong, value, case['way'])


def _misspell_type(experiment: Experiment, case: dict) -> None:
    there = dict(items(experiment.values))
    path = case['path']
    word = there.get(path, 'SimPropHead')
    wrong = _misspelt(word, case['how'], case['place'])
    experiment.words = [wrong]
    experiment.right = None if wrong == word or path not in there else False
    if _is_of_other_tool(path, experiment.tool):
        experiment.right = None
    experiment.set(path, wrong, case['way'])


def _unknown_type(experiment: Experiment, case: dict) -> None:
    path = case['path']
    experiment.words = [case['name']] if case['name'] else [path]
    there = path in dict(items(experiment.values))
    experiment.words += [] if there else path.split('.')
    experiment.right = None
    if there and not _is_of_other_tool(path, experiment.tool):
        experiment.right = False
    experiment.set(path, case['name'], case['way'])


def _is_of_other_tool(path: str, tool: str) -> bool:
    """Whether a part is not built by a tool."""
    if path.startswith('default_hooks.visualization'):
        return tool == 'test'  # which puts its own there
    first = path.partition('.')[0]
    of_training = ('train_', 'val_', 'optim_', 'param_')
    if tool == 'test':
        return first.startswith(of_training)
    return first.startswith('test_')


def _values(strategy: st.SearchStrategy) -> dict[str, st.SearchStrategy]:
    return dict(path=strategy, value=st.integers(0, 40), way=WAY)


def _wrong_value(experiment: Experiment, case: dict) -> None:
    """A value of a field that is known: right ones are taken, wrong ones are told."""
    path = case['path']
    field = FIELDS[path]
    experiment.tool = field.tool
    number, odd = divmod(case['value'], 2)
    values = STRANGE if odd else field.good
    value = values[number % len(values)]
    if case['way'] == 'option' and not isinstance(value, (int, float, type(None))):
        value = -7
    if path.startswith('custom_hooks'):
        case = dict(case, way='option')
    experiment.right = field.right(value) and case['base'] not in field.lacking
    if isinstance(value, int) and experiment.right and value > 50:
        experiment.right = None
    experiment.words = [last(path), path, path.split('.')[-2], as_text(value)]
    experiment.check = functools.partial(_require_value, field=field, value=value)
    experiment.set(path, value, case['way'])


def _require_value(runner: Any, field: Any, value: Any) -> str | None:
    found = field.read(runner)
    same = found == value or (value is None and found is not None)
    nan = isinstance(value, float) and math.isnan(value)
    return None if same or nan else f'{value!r} became {found!r}'


def _any_value(experiment: Experiment, case: dict) -> None:
    """A strange value anywhere: told, or what begins reads it."""
    path = case['path']
    if path not in dict(items(experiment.values)):
        path = 'model.decode_head'
    value = STRANGE[case['value'] % len(STRANGE)]
    experiment.right = None
    experiment.words = [*path.split('.')[-2:], path, as_text(value), str(value)]
    if not isinstance(value, (int, float, type(None))):
        case = dict(case, way='file')
    experiment.set(path, value, case['way'])


def _left_out(experiment: Experiment, case: dict) -> None:
    path = case['path']
    experiment.right = None
    experiment.words = [*path.split('.')[-2:], path]
    experiment.drop(path)
    first = path.partition('.')[0]
    needed = path.startswith(('model', f'{experiment.tool}_')) and 'batch' not in path
    if needed and not _is_of_other_tool(first, experiment.tool):
        experiment.right = False


ANY_PATH = st.deferred(lambda: st.sampled_from(_paths()))
SLIPS = {
    'misspelt key': Kind(_misspell_key, _slip(ANY_PATH)),
    'misspelt type': Kind(
        _misspell_type, _slip(st.deferred(lambda: st.sampled_from(_paths('.type'))))
    ),
    'unknown type': Kind(
        _unknown_type,
        dict(
            path=st.deferred(lambda: st.sampled_from(_paths('.type'))),
            name=st.sampled_from(['Banana', 'mmseg.Nothing', 'a.b.c', 'FCNHead', '']),
            way=WAY,
        ),
    ),
    'value of a known field': Kind(
        _wrong_value, _values(st.sampled_from(sorted(FIELDS)))
    ),
    'strange value': Kind(_any_value, _values(ANY_PATH)),
    'key left out': Kind(_left_out, dict(path=st.sampled_from(_NEEDED))),
}
