"""What a checkpoint holds: plain values, of the very model that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader
from mmengine.utils import apply_to
from torch import Tensor, nn


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


def check_classes(trained: Mapping, tested: Mapping, name: str) -> None:
    """Check that weights never saw the classes that they are tested on.

    Args:
        trained (Mapping): The training data set's ``metainfo``, from the checkpoint.
        tested (Mapping): The test data set's ``metainfo``.
        name (str): What to call the checkpoint.

    Raises:
        ValueError: Naming the classes that were trained, in a table of the same names.
    """
    classes = tested.get('classes')
    if trained.get('classes') != classes:
        return
    seen = set(trained.get('base_classes', ())) & set(tested['episode_classes'])
    if seen:
        names = [classes[c - 1] for c in sorted(seen)]
        raise ValueError(
            f'checkpoint {name!r} was trained on {len(names)} of the classes that are '
            f'to be tested as novel: {names}. It held out fold {trained.get("fold")}, '
            f'the test holds out fold {tested.get("fold")}; give the same --fold (or '
            'test all the same, by default_hooks.checkpoint_content.strict=False)'
        )


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


def latest_checkpoint(work_dir: str | Path) -> Path | None:
    """The ``iter_*.pth`` of the highest iteration in a work folder, if there is one.

    mmengine keeps the name in a file, which a full disk can leave empty; checkpoints
    are whole or not there.
    """
    found = {
        int(match[1]): path
        for path in Path(work_dir).glob('iter_*.pth')
        if (match := re.fullmatch(r'iter_(\d+)', path.stem))
    }
    return found[max(found)] if found else None


def best_checkpoint(work_dir: str | Path) -> Path:
    """The ``best_mIoU_iter_*.pth`` of a work folder that was written last.

    Raises:
        FileNotFoundError: If there is none.
    """
    found = list(Path(work_dir).glob('best_mIoU_iter_*.pth'))
    if not found:
        raise FileNotFoundError(
            f'no best_mIoU_iter_*.pth in {str(work_dir)!r}; train with validation, or '
            'name a checkpoint'
        )
    return max(found, key=lambda path: path.stat().st_mtime)


def find_checkpoint(path: str | Path) -> Path:
    """A checkpoint by its own path, or by its work folder: the best one there.

    Raises:
        FileNotFoundError: If there is neither.
    """
    if Path(path).is_dir():
        return best_checkpoint(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f'{str(path)!r} is no checkpoint and no work folder')
    return Path(path)


def training_data(path: str | Path) -> dict:
    """What a checkpoint says of the images and classes that it was trained on."""
    checkpoint = CheckpointLoader.load_checkpoint(str(path), 'cpu', logger='silent')
    meta = checkpoint.get('meta', {})
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
