"""mmengine's Runner, with a short log, and for models in which nothing is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner
from torch import nn

from ..registry import RUNNERS
from ..utils.checkpoint_files import UnreadableWeights
from ..utils.terminal import add_error_file, filter_terminal, quiet_prints
from .checkpoints import UnfitCheckpoint, not_resumable
from .hooks import LabelNamesHook, RunDescriptionHook

MMENGINE_HOOKS = (
    'runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint',
)  # fmt: skip
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
    """A Runner that says what matters, and distributes training-free methods as well.

    The terminal gets a few lines on the data and the weights; the whole config, the
    environment and the hooks go to the log file. Only the first process speaks; the
    others write a file of their own where they fail.

    ``DistributedDataParallel`` refuses a model without a parameter that requires a
    gradient. It has no gradients to average; each process runs its own episodes on its
    own copy, as the only process does.
    """

    def build_logger(
        self, log_level: int | str = 'INFO', log_file: str | None = None, **kwargs
    ) -> MMLogger:
        """Build the logger, with two streams: the terminal, and the file with all."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        filter_terminal(logger)
        name = f'{self.timestamp}_rank{self.rank}.log'
        add_error_file(logger, str(Path(self.log_dir) / name))
        return logger

    def register_hooks(
        self, default_hooks: dict | None = None, custom_hooks: list | None = None
    ) -> None:
        """Register the config's hooks, and those that every run has.

        Args:
            default_hooks (dict, optional): By name; None in a hook's place leaves it
                out, also one that is no default of mmengine's.
            custom_hooks (list, optional): Others. Defaults to None.
        """
        used = {
            name: hook
            for name, hook in (default_hooks or {}).items()
            if hook is not None or name in MMENGINE_HOOKS  # it has one to take out
        }
        super().register_hooks(used, custom_hooks)
        for hook in (RunDescriptionHook(), LabelNamesHook()):
            self.register_hook(hook)

    def set_randomness(
        self,
        seed: int | None = None,
        diff_rank_seed: bool = False,
        deterministic: bool = False,
    ) -> None:
        """Seed all generators, as mmengine's Runner does.

        Args:
            seed (int, optional): From 0 to 2**32 - 1. Defaults to None: a random one.
            diff_rank_seed (bool): Another seed for each process. Defaults to False.
            deterministic (bool): Ask cuDNN for deterministic ways. Defaults to False.

        Raises:
            ValueError: If there is no such seed.
        """
        if seed is not None and not 0 <= seed < 2**32:
            raise ValueError(f'seed={seed}, expected a number from 0 to 2**32 - 1')
        super().set_randomness(seed, diff_rank_seed, deterministic)

    def load_checkpoint(self, *args, **kwargs) -> dict:
        """Load a checkpoint, as mmengine's, which says so twice."""
        with quiet_prints():
            return super().load_checkpoint(*args, **kwargs)

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
            why = 'its states of optimizer, schedulers or log are not of this run'
            raise not_resumable(filename, why) from error
