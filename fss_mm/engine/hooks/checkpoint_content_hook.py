"""What is in a checkpoint: plain values, which are checked when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from ...registry import HOOKS
from ...utils.checkpoint_files import state_dict_of
from ...utils.distributed import unwrapped
from ..checkpoint_meta import meta_of
from ..checkpoints import (
    check_fit,
    check_resumable,
    check_same_task,
    from_plain,
    to_plain,
)
from ..leaks import few_shot_datasets
from ..past_of_weights import past_of, remarks_on
from ..training_history import TrainingHistory, history_of_training
from ..work_folder import continued_runs


@HOOKS.register_module()
class CheckpointContentHook(Hook):
    """Check what is loaded, and save plain values and the past of the weights.

    - A checkpoint of another model is refused, where mmengine would load what fits.
    - A checkpoint carries what its weights were ever trained on
      (:class:`~fss_mm.engine.training_history.TrainingHistory`) and by which runs. A
      test of a class among them is refused; what is not known is said. (Trainings are
      checked by :class:`~.leak_check_hook.LeakCheckHook`.)
    - A run is not resumed with another fold or class list.
    - The log's history is saved as tensors instead of objects of mmengine's, so that
      torch reads the file with ``weights_only``, and nothing needs to be allowed.

    Args:
        strict (bool): Refuse a checkpoint unless all of it fits. Defaults to True.
        allow_trained_classes (bool): Warn of tested classes that were trained instead
            of failing. Defaults to False.

    Examples:
        >>> default_hooks = dict(checkpoint_content=dict(type='CheckpointContentHook'))
    """

    priority = 'VERY_LOW'  # behind hooks that change what is loaded

    def __init__(
        self, strict: bool = True, allow_trained_classes: bool = False
    ) -> None:
        self.strict = strict
        self.allow_trained_classes = allow_trained_classes
        self._resumed: Mapping = {}
        self._runs: list[tuple[str, int]] = []
        self._history = TrainingHistory()

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Check that the checkpoint fits, before anything of it is used.

        Raises:
            UnfitCheckpoint: If it is of another model, or resumed with other classes.
        """
        name = str(runner.cfg.get('load_from') or 'last')
        if self.strict:
            check_fit(unwrapped(runner.model), state_dict_of(checkpoint), name)
        if runner.cfg.get('resume'):
            check_resumable(checkpoint, name)
            self._resumed = meta_of(checkpoint)
            saved = self._resumed['dataset_meta']
            current = getattr(runner.train_dataloader.dataset, 'metainfo', {})
            for line in check_same_task(saved, current, name):
                runner.logger.warning(f'resumed with other data: {line}')
        from_plain(checkpoint.get('message_hub', {}))

    def before_train(self, runner) -> None:
        """Begin a run: what is saved from here on is of it."""
        self._runs = continued_runs(self._resumed, runner.iter)
        if is_main_process():  # the one that saves
            own = history_of_training([runner.train_dataloader.dataset])
            self._history = past_of(runner.cfg) | own

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Make the log's history plain; add the past of the weights."""
        checkpoint['message_hub'] = to_plain(checkpoint['message_hub'])
        past = dict(training_history=self._history.to_meta(), runs=self._runs)
        checkpoint['meta'].update(past)

    def before_test(self, runner) -> None:
        """Check that the weights never saw the classes that they are tested on.

        Raises:
            ValueError: If they did.
        """
        past, allowed = past_of(runner.cfg), 'allow_trained_classes=True'
        tested, _ = few_shot_datasets([runner.test_loop.dataloader.dataset])
        try:
            lines = remarks_on(past, tested, allowed * self.allow_trained_classes)
        except ValueError as error:
            option = f'default_hooks.checkpoint_content.{allowed}'
            raise ValueError(f'{error} (to test all the same: {option})') from None
        for line in lines:
            runner.logger.warning(f'weights: {line}')
