"""Validation and test in which each image is encoded once."""

from __future__ import annotations

import logging

import torch
from mmengine.dist import get_dist_info
from mmengine.logging import print_log
from mmengine.runner import TestLoop, ValLoop
from torch.utils.data import DataLoader

from ...registry import LOOPS
from ...utils.distributed import unwrapped
from .episode_stream import EpisodeStream
from .stepping_aside import reason_to_step_aside
from .tasks import distinct_tasks, share_of


class _EncodeOnce:
    """Puts an :class:`EpisodeStream` in the loader's place while a loop runs."""

    mode: str

    def __init__(
        self, *args, max_gib: float = 4.0, batch_size: int | None = None, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        if not max_gib > 0 or (batch_size is not None and batch_size < 1):
            raise ValueError(
                f'max_gib={max_gib} and batch_size={batch_size}, expected a number '
                'above 0 and None or at least 1'
            )
        if self.fp16:
            raise ValueError(
                "fp16=True is of mmengine's plain loops; give the model its precision: "
                "model=dict(arithmetic=dict(precision='float16'))"
            )
        self.max_gib, self.batch_size = max_gib, batch_size

    def run(self) -> dict[str, float]:
        """Run the loop, each image encoded once where that changes no result."""
        model = unwrapped(self.runner.model).eval()
        reason = reason_to_step_aside(model, self.dataloader)
        if reason is not None:
            print_log(
                f'{self.mode}: every episode is encoded anew, because {reason}',
                'current',
                logging.WARNING,
            )
            return super().run()
        # as the plain loader's iterator does: training behind a validation, which draws
        # from the same generator, goes on alike
        torch.empty((), dtype=torch.int64).random_()
        plain = self.dataloader
        self.dataloader = self._stream(model, plain)
        try:
            return super().run()
        finally:
            self.dataloader = plain

    def _stream(self, model: torch.nn.Module, loader: DataLoader) -> EpisodeStream:
        tasks = distinct_tasks(loader.dataset, loader.sampler.all_episodes())
        on_cpu = torch.device(model.data_preprocessor.device).type == 'cpu'
        # on a CPU larger batches gain nothing, and single ones keep sums as they are
        batch_size = self.batch_size or (1 if on_cpu else 16)
        own = share_of(tasks, *get_dist_info())
        return EpisodeStream(model, loader, own, self.max_gib, batch_size)

    @torch.inference_mode()
    def run_iter(self, idx: int, data_batch) -> None:
        """Write and score one episode; a plain loader's batch goes the plain way."""
        if not isinstance(self.dataloader, EpisodeStream):
            super().run_iter(idx, data_batch)
            return
        sample, logits, diverged, images = data_batch
        batch = dict(inputs={}, data_samples=[sample])
        runner, mode = self.runner, self.mode
        runner.call_hook(f'before_{mode}_iter', batch_idx=idx, data_batch=batch)
        model = self.dataloader.model
        outputs = model.write_predictions(logits, [sample], [diverged], images)
        self.evaluator.process(data_samples=outputs, data_batch=batch)
        runner.call_hook(
            f'after_{mode}_iter', batch_idx=idx, data_batch=batch, outputs=outputs
        )


@LOOPS.register_module()
class EncodeOnceTestLoop(_EncodeOnce, TestLoop):
    """mmengine's ``TestLoop``, which encodes each image once.

    Nothing in an image's features depends on the episode, and a test knows its episodes
    before the first: each distinct support is encoded and represented once, each
    distinct query encoded once and run against all of its episodes, and a task that
    several episodes have in common is done once. The episodes, and what they score, are
    those of ``TestLoop``; so is the log, which counts episodes. Where results would
    change (pipelines that draw at random, batch norms that use the batch) the loop
    steps aside, with a line in the log.

    With several processes queries are divided among them by class.

    Args:
        *args: As in mmengine's ``TestLoop``.
        max_gib (float): GiB of features and representations that each process holds.
            What does not fit is made again when it is needed. Defaults to 4.
        batch_size (int, optional): Images in a pass of the encoder and episodes in a
            pass of the head. Defaults to 1 on a CPU and 16 on a GPU.
        **kwargs: As in mmengine's ``TestLoop``.

    Raises:
        ValueError: If a number is out of range, or ``max_gib`` holds no episode.

    Examples:
        >>> test_cfg = dict(type='EncodeOnceTestLoop', max_gib=8)
    """

    mode = 'test'


@LOOPS.register_module()
class EncodeOnceValLoop(_EncodeOnce, ValLoop):
    """The same for mmengine's ``ValLoop``; see :class:`EncodeOnceTestLoop`.

    Examples:
        >>> val_cfg = dict(type='EncodeOnceValLoop', max_gib=8)
    """

    mode = 'val'
