"""Steps of a training, with a clock around each part; several models in turn."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from fss_mm.inference.opening import load_weights
from fss_mm.registry import MODELS

from .configs import OWN, precision_of
from .machine import ConvolutionProbe, peak_memory, reset_peak_memory
from .measurement import Measurement, tell
from .stage_timer import StageTimer
from .timed_test import num_images

STAGES = ('load', 'encode', 'head forward', 'loss', 'backward', 'optimiser')
OF_MODEL = dict(encode='encode', output_loss='loss', parse_losses='loss')
OF_HEAD = dict(forward='head forward')
OF_OPTIMIZER = dict(backward='backward', step='optimiser', zero_grad='optimiser')


class Training:
    """A model in training, on the episodes of its config.

    Args:
        cfg (Config): A whole experiment; it is not changed.
        checkpoint (str, optional): Weights. Defaults to None: random ones.

    Raises:
        ValueError: If the config does not say how to train.
    """

    def __init__(self, cfg: Config, checkpoint: str | None = None) -> None:
        if cfg.get('train_dataloader') is None or cfg.get('optim_wrapper') is None:
            raise ValueError(
                f'{cfg.filename} has no train_dataloader or no optim_wrapper: use '
                '--mode eval, or the config it is based on'
            )
        init_default_scope(cfg.default_scope)
        environment = cfg.get('env_cfg') or {}
        torch.backends.cudnn.benchmark = environment.get('cudnn_benchmark', False)
        self.device = torch.device(get_device())
        self.model = MODELS.build(cfg.model).to(self.device).train()
        if checkpoint is not None:
            load_weights(self.model, checkpoint)
        loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
        self.batch_size = loader.batch_size
        self.optimizer = build_optim_wrapper(self.model, cfg.optim_wrapper)
        with_bank = self.model.feature_bank is not None  # known images cost nothing
        self.precision = precision_of(cfg)
        probe = ConvolutionProbe(self.device, self.precision)
        self.timer = StageTimer(self.device, probe, count_always=with_bank)
        self.batches = self.timer.waiting(loader)
        self.images = self.steps = self.peak_memory = 0

    def warm_up(self) -> None:
        """A step that does not count, but for its memory."""
        reset_peak_memory(self.device)
        self.step()
        self.peak_memory = peak_memory(self.device)
        self.timer.reset()
        self.images = self.steps = 0

    def step(self) -> None:
        """One step: load, forward, losses, backward, update."""
        watch = self.timer.watching
        with ExitStack() as stack:
            stack.enter_context(watch(self.model, OF_MODEL, self._look))
            stack.enter_context(watch(self.model.decode_head, OF_HEAD))
            stack.enter_context(watch(self.optimizer, OF_OPTIMIZER))
            with self.timer.running():
                self.model.train_step(next(self.batches), self.optimizer)
        self.steps += 1

    def result(self, name: str) -> Measurement:
        """What all steps took."""
        episodes = self.steps * self.batch_size
        return Measurement.of(
            self.timer,
            STAGES,
            name=name,
            precision=self.precision,
            episodes=episodes,
            whole=episodes,
            images=self.images,
            peak_memory=self.peak_memory,
        )

    def _look(self, name: str, args: tuple, kwargs: dict) -> None:
        if name == 'encode':
            self.images += num_images(args[0])


def train(args: Namespace, configs: dict[str, Config]) -> tuple[dict, str]:
    """Steps of all models in turn; figures for JSON, and text."""
    models = {}
    for name, cfg in configs.items():
        torch.manual_seed(0)
        models[name] = Training(cfg, args.checkpoint)
        models[name].warm_up()
    for _ in range(args.steps):
        for model in models.values():
            model.step()
    runs = [model.result(name) for name, model in models.items()]
    found, text = tell(runs, in_turn=models)
    note = (
        f'{args.steps} steps of {models[OWN["train"]].batch_size} episodes, the '
        'models in turn; memory of a later model includes what earlier ones hold'
    )
    return found, '\n'.join([text, note])
