"""Where a number comes from: what a report says beside the scores and the protocol."""

from __future__ import annotations

from mmengine.config import Config

from ..engine.checkpoint_meta import meta_of
from ..engine.checkpoints import training_data
from ..engine.training_history import TrainingHistory
from ..models.strategies import STRATEGY_ARGUMENTS
from ..utils.checkpoint_files import read_checkpoint
from ..utils.files import sha256_of


def provenance_of(cfg: Config, past: TrainingHistory) -> dict:
    """Config, weights and how they came about, and how the model is used.

    Args:
        cfg (Config): Of a test.
        past (TrainingHistory): Of its weights.
    """
    known = dict(
        config=cfg.filename,
        checkpoint=cfg.load_from,
        strategies=describe_strategies(cfg.model),
        hashes={},
        training_history=past.summary(),
    )
    if cfg.load_from is not None:
        meta = meta_of(read_checkpoint(cfg.load_from))
        known['hashes'] = dict(checkpoint_sha256=sha256_of(cfg.load_from))
        known['training'] = training_data(meta)
    return known


def describe_strategies(model: dict) -> list[str]:
    """How a model is used at test, beyond its defaults: 'shot_fusion(max_shots=1)'."""
    found = []
    for name in STRATEGY_ARGUMENTS:
        value = model.get(name)
        if isinstance(value, dict):
            arguments = ', '.join(f'{key}={own}' for key, own in value.items())
            found.append(f'{name}({arguments})')
        elif value is not None and tuple(value) != (1.0,):
            found.append(f'{name}={tuple(value)}')
    return found
