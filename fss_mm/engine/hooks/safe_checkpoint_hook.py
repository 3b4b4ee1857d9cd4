"""Checkpoints that a full disk cannot destroy."""

from __future__ import annotations

import inspect

from mmengine.hooks import CheckpointHook

from ...registry import HOOKS
from ...utils.text import nearest
from ..checkpoints import optimization_state
from ..file_backends import DeferredRemoval


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, with the old file kept until the new one is safe.

    mmengine removes an outdated checkpoint first and then writes the next in place: a
    disk that fills up meanwhile leaves neither. Here a checkpoint is written beside and
    renamed, and what it replaces is removed behind that. The best checkpoint, too,
    holds the optimiser's state, so that training can go on from it. A checkpoint that
    is published (``published_keys``) keeps what it says of its past.

    Args:
        *args: As in mmengine's ``CheckpointHook``.
        **kwargs: Likewise.

    Raises:
        ValueError: For an argument that mmengine's would keep and stumble over at the
            first save.

    Examples:
        >>> default_hooks = dict(
        ...     checkpoint=dict(type='SafeCheckpointHook', save_best='mIoU')
        ... )
    """

    def __init__(self, *args, **kwargs) -> None:
        known = [*inspect.signature(CheckpointHook).parameters]
        for name in kwargs.keys() - set(known):
            near = nearest(name, known)
            hint = f'; did you mean {near!r}?' if near else ''
            raise ValueError(f'{type(self).__name__} has no argument {name!r}{hint}')
        kwargs.setdefault('backend_args', dict(backend='atomic_local'))
        super().__init__(*args, **kwargs)
        if self.published_keys is not None:
            self.published_keys = list(dict.fromkeys([*self.published_keys, 'meta']))

    def before_train(self, runner) -> None:
        """Put off from here on what mmengine removes."""
        super().before_train(runner)
        self.file_backend = DeferredRemoval(self.file_backend, self.out_dir)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add what mmengine leaves out of the best checkpoint."""
        if self.save_optimizer and 'optimizer' not in checkpoint:
            checkpoint.update(optimization_state(runner))

    def after_train_iter(self, runner, *args, **kwargs) -> None:
        """Save, then remove what is outdated."""
        super().after_train_iter(runner, *args, **kwargs)
        self.file_backend.carry_out()

    def after_train_epoch(self, runner) -> None:
        """Likewise."""
        super().after_train_epoch(runner)
        self.file_backend.carry_out()

    def after_val_epoch(self, runner, metrics: dict | None = None) -> None:
        """Likewise, of the best checkpoint."""
        super().after_val_epoch(runner, metrics)
        if self.save_best:
            self.file_backend.carry_out()
