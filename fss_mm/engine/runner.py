"""mmengine's Runner, also for models in which nothing is trained."""

from __future__ import annotations

from mmengine.device import get_device
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner
from torch import nn

from ..registry import RUNNERS


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
