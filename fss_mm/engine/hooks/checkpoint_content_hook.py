"""What is in a checkpoint: plain values, which are checked when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import Hook

from ...registry import HOOKS
from ...utils.distributed import unwrapped
from ..checkpoints import check_classes, check_fit, from_plain, to_plain


@HOOKS.register_module()
class CheckpointContentHook(Hook):
    """Check what is loaded, and save plain values.

    A checkpoint of another model is refused, where mmengine would load what fits, and
    so is one whose training classes are to be tested as novel ones. The log's history
    is saved as tensors instead of objects of mmengine's, so that torch reads the file
    with ``weights_only``, and nothing needs to be allowed.

    Args:
        strict (bool): Refuse a checkpoint unless all of it fits, and its training
            classes are none of the test's. Defaults to True.

    Examples:
        >>> default_hooks = dict(checkpoint_content=dict(type='CheckpointContentHook'))
    """

    priority = 'VERY_LOW'  # behind hooks that change what is loaded

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict
        self._name: str | None = None
        self._trained: Mapping = {}

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Make the log's history plain."""
        checkpoint['message_hub'] = to_plain(checkpoint['message_hub'])

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Check that the checkpoint fits, before anything of it is used.

        Raises:
            ValueError: If it is of another model.
        """
        self._name = str(runner.cfg.get('load_from') or 'last')
        self._trained = checkpoint.get('meta', {}).get('dataset_meta') or {}
        if self.strict:
            state = checkpoint.get('state_dict', checkpoint)
            check_fit(unwrapped(runner.model), state, self._name)
        from_plain(checkpoint.get('message_hub', {}))

    def before_test(self, runner) -> None:
        """Check that the weights never saw the classes that they are tested on.

        Raises:
            ValueError: If they did.
        """
        if self.strict and self._name is not None:
            dataset = runner.test_loop.dataloader.dataset
            check_classes(self._trained, dataset.metainfo, self._name)
