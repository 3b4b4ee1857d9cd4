"""mmengine's Runner, also for models in which nothing is trained."""

from __future__ import annotations

from typing import Any

from mmengine.device import get_device
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner
from torch import nn

from ..registry import RUNNERS
from ..utils.checkpoint_files import UnreadableWeights
from .checkpoints import UnfitCheckpoint, not_resumable

_OF_STATES = (
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@RUNNERS.register_module()
class FewShotRunner(Runner):
    """A Runner that distributes training-free methods as well.

    ``DistributedDataParallel`` refuses a model without a parameter that requires a
    gradient. It has no gradients to average; each process runs its own episodes on its
    own copy, as the only process does.
    """

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Put the model on its device; wrap it if it is trained by several processes.

        Args:
            model_wrapper_cfg (dict, optional): As in mmengine's Runner.
            model (nn.Module): The model.
        """
        if any(parameter.requires_grad for parameter in model.parameters()):
            return super().wrap_model(model_wrapper_cfg, model)
        return revert_sync_batchnorm(model.to(get_device()))

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Go on from a checkpoint, as mmengine's Runner does.

        Raises:
            UnfitCheckpoint: If its states are not those that this run keeps.
        """
        try:
            super().resume(filename, *args, **kwargs)
        except (UnfitCheckpoint, UnreadableWeights):
            raise
        except _OF_STATES as error:  # by what reads them, of many kinds
            why = f'its states are not of this run ({type(error).__name__}: {error})'
            raise not_resumable(filename, why) from error
