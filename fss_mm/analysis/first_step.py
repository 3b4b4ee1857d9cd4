"""How a training begins: the first losses, and how large each layer's gradient is.

A head that begins far from equal probabilities spends its first steps on coming back;
a layer whose gradient is below the weight decay learns to be zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from ..evaluation.markdown import markdown_table
from ..inference.opening import build_segmentor, start_untrained
from .figures import new_figure, png_of
from .result import AnalysisResult

NAME = 'first_step'


@dataclass(frozen=True)
class FirstStep:
    """What the first step of a training finds.

    Args:
        losses (dict): Each loss by its name.
        layers (dict): By the name of a weight of two dimensions or more: the norm of
            its gradient over its own norm.
        facts (dict): What a result has to say of it.
    """

    losses: dict[str, float]
    layers: dict[str, float]
    facts: dict


def measure_first_step(cfg: Config, seed: int = 0) -> FirstStep:
    """Draw the weights of a head, and look at the first batch of its training.

    Args:
        cfg (Config): A whole experiment.
        seed (int): Of weights, dropout and batch. Defaults to 0.

    Raises:
        ValueError: If there is nothing to train.
    """
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    torch.manual_seed(seed)
    model = build_segmentor(cfg)
    if not any(p.requires_grad for p in model.parameters()):
        name = type(model.decode_head).__name__
        raise ValueError(f'{name} has nothing to train: there is no first step')
    start_untrained(model, 'looked at')
    model.to(get_device()).train()
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=seed)
    data = model.data_preprocessor(next(iter(loader)), training=True)
    losses = {k: v for k, v in model(**data, mode='loss').items() if 'loss' in k}
    sum(losses.values()).backward()
    facts = dict(
        config=cfg.filename,
        head=type(model.decode_head).__name__,
        backbone=type(model.backbone).__name__,
        data_set=type(loader.dataset).__name__,
        fold=loader.dataset.fold,
        episodes=loader.batch_size,
        seed=seed,
    )
    return FirstStep({k: v.item() for k, v in losses.items()}, _ratios(model), facts)


def describe_first_step(found: FirstStep) -> AnalysisResult:
    """The tables, numbers and picture of :func:`measure_first_step`."""
    losses = [[name, f'{value:.3f}'] for name, value in found.losses.items()]
    layers = [[name, f'{value:.1e}'] for name, value in found.layers.items()]
    return AnalysisResult(
        NAME,
        'The first step of a training',
        [
            markdown_table(['loss', 'value'], losses),
            f'A cross-entropy of equal probabilities is ln 2 = {np.log(2):.3f}, times '
            'its class weights.',
            markdown_table(['weights', 'gradient / weight'], layers),
            'Norms, before clipping. Where the ratio is below the weight decay of a '
            'plain SGD the decay has the last word.',
        ],
        dict(losses=found.losses, layers=found.layers),
        {'Measured on': found.facts},
        _picture(found.layers),
    )


def _ratios(model: torch.nn.Module) -> dict[str, float]:
    """Gradient over weight of all that is trained and no bias or scale."""
    return {
        name: (p.grad.norm() / p.norm().clamp_min(1e-12)).item()
        for name, p in model.named_parameters()
        if p.grad is not None and p.ndim > 1
    }


def _picture(layers: Mapping[str, float]) -> bytes:
    figure = new_figure(8.0, 1.5 + 0.22 * len(layers))
    axes = figure.subplots()
    axes.barh(range(len(layers)), list(layers.values()))
    axes.set_yticks(range(len(layers)), list(layers), fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale('log')
    axes.set_xlabel('gradient / weight')
    return png_of(figure)
