"""Checkpoints that a full disk cannot destroy."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook

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
    renamed, and what it replaces is removed behind that. Arguments are the same.
    """

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault('backend_args', dict(backend='atomic_local'))
        super().__init__(*args, **kwargs)

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
