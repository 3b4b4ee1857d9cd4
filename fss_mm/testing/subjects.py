"""What can be checked, and the model that is built of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config
from torch import nn

from ..models import SUPPORT_VIEWS, FewShotDecodeHead, FewShotSegmentor, LevelView
from ..models.strategies import STRATEGY_ARGUMENTS
from ..registry import MODELS
from ..utils.config_options import read_config
from .stand_in import stand_in_of

# what is not the head's matter
_LEFT_OUT = (*STRATEGY_ARGUMENTS, 'feature_bank', 'init_cfg', 'pretrained')

Subject = str | Path | Mapping | nn.Module
"""What can be checked: a config by name or path, that of a model or of a head, or one
of these when it is built."""


def read(subject: Subject) -> Mapping | nn.Module:
    """A model's or head's config, or a built one.

    Raises:
        TypeError: If it is none of these.
        ValueError: If a config has no head.
    """
    if isinstance(subject, (str, Path)):
        subject = read_config(subject)
    if isinstance(subject, (FewShotDecodeHead, FewShotSegmentor)):
        return subject
    if not isinstance(subject, (Mapping, Config)):
        raise TypeError(
            f'{subject!r} is no head: expected a config, its path or its name, a '
            'FewShotDecodeHead or a FewShotSegmentor'
        )
    found = subject.get('model', subject)
    if 'decode_head' not in found and not _is_head(found.get('type')):
        raise ValueError(
            f'a config with {sorted(found)} is none of a head: expected model, or '
            'decode_head, or the type of a FewShotDecodeHead'
        )
    return dict(found)


def _is_head(kind: str | type | None) -> bool:
    if isinstance(kind, str):
        kind = MODELS.get(kind)
    return isinstance(kind, type) and issubclass(kind, FewShotDecodeHead)


def as_model(given: Mapping) -> dict:
    """A head's config inside a model's, without strategies."""
    if 'decode_head' in given:
        return {k: v for k, v in given.items() if k not in _LEFT_OUT}
    head = MODELS.build(dict(given))  # it knows the levels that it takes by default
    backbone = stand_in_of(head.in_channels, head.in_index)
    return dict(type='FewShotSegmentor', backbone=backbone, decode_head=dict(given))


def with_stand_ins(model: dict) -> dict:
    """The same with encoders that cost nothing, of the same levels."""
    names = ('backbone', 'support_backbone')
    return model | {
        name: stand_in_of(encoder=model[name])
        for name in names
        if model.get(name) is not None
    }


def starts_inside(model: FewShotSegmentor) -> bool:
    """Whether a view is made by the backbone, and needs the real one."""
    kinds = [SUPPORT_VIEWS.get(name) for name in model.support_views]
    return any(isinstance(kind, LevelView) for kind in kinds)
