"""Checkpoints that a full disk cannot destroy."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.runner import BaseLoop

from ...registry import HOOKS
from ...utils.distributed import unwrapped
from ...utils.files import write_atomically
from ..checkpoints import (
    check_classes,
    check_fit,
    from_plain,
    optimization_state,
    to_plain,
)


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

    def carry_out(self, folder: str) -> None:
        """Remove what lies in ``folder``: a resumed run spares the other's files."""
        inside = Path(folder).resolve()
        for path in (p for p in self.doomed if Path(p).resolve().parent == inside):
            if self.backend.isdir(path):
                self.backend.rmtree(path)
            elif self.backend.isfile(path):
                self.backend.remove(path)


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, with the old file kept until the new one is safe.

    mmengine removes an outdated checkpoint first and then writes the next in place: a
    disk that fills up meanwhile leaves neither. Here a checkpoint is written beside and
    renamed, and what it replaces is removed behind that.

    The best checkpoint, too, holds the optimiser's state, so that training can go on
    from it. The log's history is saved as tensors instead of objects of mmengine's, so
    that torch reads the file with ``weights_only``, and nothing needs to be allowed.
    A checkpoint of another model is refused, where mmengine would load what fits, and
    so is one whose training classes are to be tested as novel ones.

    Args:
        *args: As in mmengine's ``CheckpointHook``.
        strict (bool): Refuse a checkpoint unless all of it fits, and its training
            classes are none of the test's. Defaults to True.
        **kwargs: As in mmengine's ``CheckpointHook``.
    """

    def __init__(self, *args, strict: bool = True, **kwargs) -> None:
        self.strict = strict
        kwargs.setdefault('backend_args', dict(backend='atomic_local'))
        super().__init__(*args, **kwargs)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add what mmengine leaves out of the best checkpoint, as plain values."""
        if self.save_optimizer and 'optimizer' not in checkpoint:
            checkpoint.update(optimization_state(runner))
        checkpoint['message_hub'] = to_plain(checkpoint['message_hub'])

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Check that the checkpoint fits, before anything of it is used."""
        if self.strict:
            model = unwrapped(runner.model)
            state = checkpoint.get('state_dict', checkpoint)
            name = str(runner.cfg.get('load_from') or 'last')
            check_fit(model, state, name)
            if isinstance(runner._test_loop, BaseLoop):  # it is a test
                trained = checkpoint.get('meta', {}).get('dataset_meta') or {}
                dataset = runner.test_loop.dataloader.dataset
                check_classes(trained, dataset.metainfo, name)
        from_plain(checkpoint.get('message_hub', {}))

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
        deferred.carry_out(self.out_dir)
