"""Checkpoints that a full disk cannot destroy."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.logging import HistoryBuffer

from ...registry import HOOKS
from ...utils.files import write_atomically


class AtomicLocalBackend(LocalBackend):
    """A local disk on which a file is written whole or not at all."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write ``obj``; the folder is made.

        Raises:
            OSError: If it cannot be written; a former file of that name survives.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_atomically(path, lambda file: file.write(obj))
        except OSError as error:
            free = shutil.disk_usage(path.parent).free
            raise OSError(
                error.errno,
                f'cannot save {path} ({len(obj):,} bytes, {free:,} free): '
                f'{error.strerror}. Earlier checkpoints are whole: make room and '
                'start again with --resume',
            ) from error


register_backend('atomic_local', AtomicLocalBackend, force=True)


class _DeferredRemoval:
    """A file backend that notes what is to be removed, and does it when told."""

    def __init__(self, backend) -> None:
        self.backend = backend
        self.doomed: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self.backend, name)

    def remove(self, path: str) -> None:
        self.doomed.append(path)

    rmtree = remove

    def carry_out(self) -> None:
        for path in self.doomed:
            if self.backend.isdir(path):
                self.backend.rmtree(path)
            elif self.backend.isfile(path):
                self.backend.remove(path)


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, with the old checkpoint kept until the new is safe.

    mmengine removes an outdated checkpoint first and then writes the next in place: a
    disk that fills up meanwhile leaves neither. Here a checkpoint is written beside and
    renamed, and what it replaces is removed behind that.

    The log's history is saved as tensors instead of objects of mmengine's, so that
    torch reads the file with ``weights_only`` and nothing needs to be allowed for that.
    Arguments are mmengine's.
    """

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault('backend_args', dict(backend='atomic_local'))
        super().__init__(*args, **kwargs)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Replace what torch would not read back by plain values."""
        checkpoint['message_hub'] = to_plain(checkpoint['message_hub'])

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Make the log's history of the plain values again."""
        scalars = checkpoint.get('message_hub', {}).get('log_scalars', {})
        for name, value in scalars.items():
            if isinstance(value, dict):
                scalars[name] = HistoryBuffer(
                    value['log'].numpy(), value['count'].numpy(), value['max_length']
                )

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict) -> None:
        self._save_then_remove(super()._save_checkpoint_with_step, runner, step, meta)

    def _save_best_checkpoint(self, runner, metrics: dict) -> None:
        self._save_then_remove(super()._save_best_checkpoint, runner, metrics)

    def _save_then_remove(self, save, *args) -> None:
        if isinstance(self.file_backend, _DeferredRemoval):  # one save within another
            return save(*args)
        backend = self.file_backend
        self.file_backend = deferred = _DeferredRemoval(backend)
        try:
            save(*args)
        finally:
            self.file_backend = backend
        deferred.carry_out()


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
