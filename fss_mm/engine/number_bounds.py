"""Numbers that a library takes and that do nothing, or spoil what is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """Which numbers of a parameter do something.

    Args:
        least (float): The lowest. Defaults to -inf.
        is_open (bool): Whether the lowest itself is none of them. Defaults to False.
        is_finite (bool): Whether infinity is none of them. Defaults to True.
    """

    least: float = -math.inf
    is_open: bool = False
    is_finite: bool = True

    def wanted(self, number: object) -> str:
        """What was expected instead of a number; '' where it does something.

        Args:
            number (object): A value of a config; what is no number is let through.
        """
        if not isinstance(number, (int, float)):
            return ''
        if self.is_finite and not math.isfinite(number):
            return 'a finite number'
        if self.is_open and number <= self.least:
            return f'above {self.least}'
        return f'at least {self.least}' if number < self.least else ''


ANY = Bound(is_finite=False)
_COUNT, _NOT_NEGATIVE, _POSITIVE = Bound(1), Bound(0), Bound(0, is_open=True)
# of an owner (a class, with what is derived of it, or a function), by name
BOUNDS = dict(
    IterBasedTrainLoop=dict(
        max_iters=_COUNT, val_interval=_COUNT, val_begin=_NOT_NEGATIVE
    ),
    EpochBasedTrainLoop=dict(
        max_epochs=_COUNT, val_interval=_COUNT, val_begin=_NOT_NEGATIVE
    ),
    EpisodicTrainLoop=dict(max_epochs=_NOT_NEGATIVE),
    LoggerHook=dict(interval=_COUNT),
    CheckpointHook=dict(interval=Bound(-1), max_keep_ckpts=Bound(-1)),
    OptimWrapper=dict(accumulative_counts=_COUNT),
    LinearParamScheduler=dict(start_factor=_POSITIVE),  # what is 0 once stays 0
    PolyParamScheduler=dict(power=_NOT_NEGATIVE),
    # an infinite norm is measured and not clipped
    clip_grad_norm_=dict(max_norm=Bound(0, is_open=True, is_finite=False)),
    clip_grad_value_=dict(clip_value=Bound(0, is_open=True, is_finite=False)),
    DataLoader=dict(num_workers=_NOT_NEGATIVE, batch_size=_COUNT),
)
# owners of which no number may be infinite: weights would be, after a step
FINITE = dict(Optimizer=Bound(), _ParamScheduler=Bound(), FewShotSegmentor=Bound())
