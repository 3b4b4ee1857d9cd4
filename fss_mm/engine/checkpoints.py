"""What a checkpoint holds: plain values, of the very model that reads it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from mmengine.utils import apply_to
from torch import Tensor, nn

from ..utils.text import shorten

_RESUMED = 'meta', 'message_hub', 'optimizer', 'param_schedulers'
_CLASSES = ('novel_classes', 'base_classes')
_NAMED = {*_CLASSES, 'classes', 'episode_classes', 'fold'}


def check_fit(model: nn.Module, state: Mapping[str, Tensor], name: str) -> None:
    """Check that weights are those of this model.

    mmengine loads what fits and warns of the rest, so that a wrong checkpoint would
    give numbers all the same.

    Args:
        model (nn.Module): The model, not wrapped.
        state (Mapping[str, Tensor]): The checkpoint's ``state_dict``.
        name (str): What to call the checkpoint.

    Raises:
        ValueError: Naming some of the entries that do not fit.
    """
    own = model.state_dict()
    problems = [f'{key} is missing' for key in own if key not in state]
    problems += [f'{key} is unknown' for key in state if key not in own]
    problems += [
        f'{key} is {tuple(state[key].shape)}, expected {tuple(own[key].shape)}'
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    if problems:
        raise ValueError(
            f'checkpoint {name!r} is of another model: {len(problems)} entries do '
            f'not fit, such as: {"; ".join(problems[:4])}. Use it with the '
            'config it was trained with (or load what fits, by '
            'default_hooks.checkpoint_content.strict=False)'
        )


def check_resumable(checkpoint: Mapping, name: str) -> None:
    """Check that a training can go on from a checkpoint, not only start from it.

    Args:
        checkpoint (Mapping): As it was read.
        name (str): What to call it.

    Raises:
        ValueError: Naming what it lacks.
    """
    meta = checkpoint.get('meta')
    lacks = [key for key in _RESUMED if key not in checkpoint]
    if isinstance(meta, Mapping):
        lacks += [f'meta.{key}' for key in ('epoch', 'iter') if key not in meta]
    if lacks:
        raise ValueError(
            f'checkpoint {name!r} cannot be resumed: it has no {", ".join(lacks)}. '
            f'Start from its weights instead, without --resume: --cfg-options '
            f'load_from={name}'
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
        ValueError: If other classes are trained or held out.
    """
    changed = [
        f'{key} were {shorten(before)} (fold {saved.get("fold")}) and are now '
        f'{shorten(now)} (fold {current.get("fold")})'
        for key in _CLASSES
        if saved and (before := _names(saved, key)) != (now := _names(current, key))
    ]
    if changed:
        raise ValueError(
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
        meta (Mapping): ``meta`` of the checkpoint.
    """
    known = meta.get('dataset_meta') or {}
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


def from_plain(message_hub: dict) -> None:
    """Make the log's history of :func:`to_plain`'s values again, in place."""
    scalars = message_hub.get('log_scalars', {})
    for name, value in scalars.items():
        if isinstance(value, dict):
            scalars[name] = HistoryBuffer(
                value['log'].cpu().numpy(),
                value['count'].cpu().numpy(),
                value['max_length'],
            )
