"""What a checkpoint holds: plain values, of the very model that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from mmengine.utils import apply_to
from torch import Tensor, nn

from ..utils.text import shorten
from .checkpoint_meta import meta_of

_RESUMED = dict(meta=dict, message_hub=dict, optimizer=dict)
_HUB = 'log_scalars', 'runtime_info', 'resumed_keys'
_CLASSES = ('novel_classes', 'base_classes')
_NAMED = {*_CLASSES, 'classes', 'episode_classes', 'fold'}


class UnfitCheckpoint(ValueError):
    """A checkpoint that this model, or this run, cannot take."""


def check_fit(model: nn.Module, state: Mapping[str, Tensor], name: str) -> None:
    """Check that weights are those of this model.

    mmengine loads what fits and warns of the rest, so that a wrong checkpoint would
    give numbers all the same.

    Args:
        model (nn.Module): The model, not wrapped.
        state (Mapping[str, Tensor]): The checkpoint's ``state_dict``.
        name (str): What to call the checkpoint.

    Raises:
        UnfitCheckpoint: Naming some of the entries that do not fit.
    """
    own = model.state_dict()
    problems = [f'{key} is missing' for key in own if key not in state]
    problems += [f'{key} is unknown' for key in state if key not in own]
    fits = ((key, _misfit(state[key], own[key])) for key in own if key in state)
    problems += [f'{key} is {why}' for key, why in fits if why]
    if problems:
        raise UnfitCheckpoint(
            f'checkpoint {name!r} is of another model: {len(problems)} entries do '
            f'not fit, such as: {"; ".join(problems[:4])}. Use it with the '
            'config it was trained with (or load what fits, by '
            'default_hooks.checkpoint_content.strict=False)'
        )


def _misfit(given: Any, own: Any) -> str:
    """What an entry is that cannot take the place of the model's own; '' if it can."""
    if not isinstance(own, Tensor):  # what a layer keeps beside tensors
        return ''
    if not isinstance(given, Tensor):
        kind = 'nothing' if given is None else f'a {type(given).__name__}'
        return f'{kind}, expected a tensor'
    if given.shape != own.shape:
        return f'{tuple(given.shape)}, expected {tuple(own.shape)}'
    if given.is_meta or given.layout != own.layout:
        return 'without values of its own, expected a dense tensor'
    if given.is_floating_point() != own.is_floating_point():
        return f'{given.dtype}, expected {own.dtype}'
    if given.is_floating_point() and given.isnan().any():
        return 'not a number (NaN) in places: its training diverged'
    return ''


def check_resumable(checkpoint: Mapping, name: str) -> None:
    """Check that a training can go on from a checkpoint, not only start from it.

    Args:
        checkpoint (Mapping): As it was read.
        name (str): What to call it.

    Raises:
        UnfitCheckpoint: Naming what it lacks, or has of another type.
    """
    lacks = [
        k for k, kind in _RESUMED.items() if not isinstance(checkpoint.get(k), kind)
    ]
    if not isinstance(checkpoint.get('param_schedulers', []), (dict, list)):
        lacks.append('param_schedulers')
    if 'meta' not in lacks:
        meta = meta_of(checkpoint)
        lacks += [f'meta.{key}' for key in ('epoch', 'iter') if key not in meta]
        lacks += ['meta.seed'] * ('seed' in checkpoint['meta'] and 'seed' not in meta)
    if 'message_hub' not in lacks:
        hub = checkpoint['message_hub']
        lacks += [f'message_hub.{k}' for k in _HUB if not isinstance(hub.get(k), dict)]
    if lacks:
        raise not_resumable(name, f'it has no {", ".join(lacks)}')


def not_resumable(name: str, why: str) -> UnfitCheckpoint:
    """The error of a checkpoint that a training cannot go on from."""
    return UnfitCheckpoint(
        f'checkpoint {name!r} cannot be resumed: {why}. Start from its weights '
        f'instead, without --resume: --cfg-options load_from={name}'
    )


def check_same_task(saved: Mapping, current: Mapping, name: str) -> list[str]:
    """Check that a run is taken up with the classes that it began with.

    Args:
        saved (Mapping): ``metainfo`` of the training data set, from the checkpoint.
        current (Mapping): That of the run that takes it up.
        name (str): What to call the checkpoint.

    Returns:
        list[str]: What else is different: '<key>: <saved> -> <current>' each.

    Raises:
        UnfitCheckpoint: If other classes are trained or held out.
    """
    changed = [
        f'{key} were {shorten(before)} (fold {saved.get("fold")}) and are now '
        f'{shorten(now)} (fold {current.get("fold")})'
        for key in _CLASSES
        if saved and (before := _names(saved, key)) != (now := _names(current, key))
    ]
    if changed:
        raise UnfitCheckpoint(
            f'checkpoint {name!r} is of a run with other classes: {changed[0]}. Resume '
            'it with the data and the fold that it began with, or start a new run from '
            f'its weights, in another folder: --cfg-options load_from={name}'
        )
    return [
        f'{key}: {saved[key]} -> {current[key]}'
        for key in saved.keys() & current.keys() - _NAMED
        if saved[key] != current[key]
    ]


def _names(meta: Mapping, key: str) -> list[str]:
    """Classes by name, where a data set numbers them; sorted, as order says nothing."""
    return sorted(meta['classes'][c - 1] for c in meta.get(key) or ())


def optimization_state(runner: Runner) -> dict:
    """The optimiser's and the schedulers' states, as mmengine's Runner saves them."""
    schedulers = runner.param_schedulers
    if isinstance(schedulers, dict):
        states = {n: [s.state_dict() for s in many] for n, many in schedulers.items()}
    else:
        states = [s.state_dict() for s in schedulers or ()]
    optimizer = runner.optim_wrapper.state_dict()
    optimizer = apply_to(optimizer, lambda x: hasattr(x, 'cpu'), lambda x: x.cpu())
    return dict(optimizer=optimizer, param_schedulers=states)


def training_data(meta: Mapping) -> dict:
    """What a checkpoint says of the images and classes of its last training.

    Args:
        meta (Mapping): As ``meta_of`` gives it.
    """
    known = meta['dataset_meta']
    keys = ('dataset', 'protocol', 'split', 'fold', 'novel_images', 'min_pixels',
            'min_grid_pixels', 'pair_list', 'index_sha256')  # fmt: skip
    return {key: known[key] for key in keys if key in known}


def to_plain(value):
    """Containers of Python's own types and tensors, without NumPy's or mmengine's."""
    if isinstance(value, HistoryBuffer):
        log, count = (torch.from_numpy(np.array(x)) for x in value.data)
        return dict(log=log, count=count, max_length=value.max_length)
    if isinstance(value, Mapping):
        return {key: to_plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_plain(v) for v in value)
    if isinstance(value, np.generic):
        return value.item()
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value


def from_plain(message_hub: Any) -> None:
    """Make the log's history of :func:`to_plain`'s values again, in place.

    What is malformed stays as it is: mmengine says so, and leaves it out.
    """
    scalars = message_hub.get('log_scalars') if isinstance(message_hub, dict) else None
    for name, value in scalars.items() if isinstance(scalars, dict) else ():
        with suppress(AttributeError, KeyError, TypeError, ValueError, AssertionError):
            log, count = (value[key].cpu().numpy() for key in ('log', 'count'))
            scalars[name] = HistoryBuffer(log, count, int(value['max_length']))
