"""What the weights of an experiment have seen, against what it holds out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader
from torch.utils.data import Dataset

from ..utils.text import shorten
from .training_history import TrainingHistory, history_in
from .work_folder import last_checkpoint

REMEDY = 'Take weights that never saw them, of this fold or trained anew'
WEIGHTS_KEYS = ('checkpoint', 'pretrained', 'weights')
WEIGHTS_ENDS = ('.pth', '.pt', '.bin', '.safetensors')
_ADDRESSES = ('http://', 'https://')


def past_of(cfg: Config) -> TrainingHistory:
    """What the weights that an experiment starts from were trained on.

    These are the checkpoint that it loads or resumes, else the weights that its model
    names; both, where a checkpoint need not fit the whole model (see ``strict`` of
    :class:`~.hooks.CheckpointContentHook`).

    Args:
        cfg (Config): A whole experiment.

    Raises:
        FileNotFoundError: If a file is missing.
        UnreadableWeights: If one cannot be read.
    """
    start = cfg.get('load_from')
    if start is None and cfg.get('resume'):
        start = last_checkpoint(cfg.work_dir)
    paths = [] if start is None else [start]
    if start is None or not _must_fit(cfg):
        paths += weights_files(cfg.model)
    found = TrainingHistory()
    for path in paths:
        checkpoint = CheckpointLoader.load_checkpoint(str(path), 'cpu', 'silent')
        found |= history_in(checkpoint, Path(path).name)
    return found


def remarks_on(
    past: TrainingHistory, held_out: Sequence[Dataset], allowed: str = ''
) -> list[str]:
    """Check that weights never saw the classes that are held out.

    Args:
        past (TrainingHistory): Of the weights.
        held_out (Sequence[Dataset]): Data sets of validation or test, with candidates.
        allowed (str): By which option classes may be trained all the same; they are a
            remark then. Defaults to '': they may not.

    Returns:
        list[str]: What else is to be said: images that were trained, unknown data.

    Raises:
        ValueError: If they did.
    """
    tables = [dataset.candidates.class_names for dataset in held_out]
    names = list(dict.fromkeys(name for table in tables for name in table.values()))
    trained, lines = past.among(names), []
    if trained:
        text = (
            f'{len(trained)} of the {len(names)} held-out classes were trained: '
            f'{shorten([repr(name) for name in trained])}; in all, the weights saw '
            f'{past}'
        )
        if not allowed:
            raise ValueError(f'{text}. {REMEDY}')
        lines.append(f'{text} ({allowed})')
    if len(past.images):
        shared, total = past.images_among(held_out)
        lines += [f'{shared} of {total} held-out images were trained'] if shared else []
    if past.unknown:
        lines.append(
            f'what they saw is UNKNOWN in part ({shorten(past.unknown, 3)} does not '
            'say): whether held-out classes or images are among it cannot be checked'
        )
    return lines


def weights_files(model: Any) -> Iterator[str]:
    """The weights that a model's config names, wherever in it: files and addresses.

    Names such as ``torchvision://resnet50`` stand for backbones of ImageNet.
    """
    if isinstance(model, Mapping):
        for key, value in model.items():
            if key in WEIGHTS_KEYS and _is_place(value):
                yield value
            else:
                yield from weights_files(value)
    elif isinstance(model, (list, tuple)):
        for value in model:
            yield from weights_files(value)


def _must_fit(cfg: Config) -> bool:
    """Whether a checkpoint that does not fit the whole model is refused."""
    hook = (cfg.get('default_hooks') or {}).get('checkpoint_content')
    return hook is not None and hook.get('strict', True)


def _is_place(value: Any) -> bool:
    """Whether a text names weights that can be read, by whatever ending."""
    if not isinstance(value, str):
        return False
    return value.startswith(_ADDRESSES) or Path(value).expanduser().is_file()
