"""Training: gradients arrive, and the loss falls."""

from __future__ import annotations

import torch

from ...models import FewShotSegmentor
from ..case import HeadCase
from ..drawn import samples_of
from ..results import head_check, require, skip_unless

_STEPS, _RATE = 8, 3e-3
_FIRST, _DRAWS = 4, 3  # steps, and draws of the weights, to look for gradients in


@head_check(
    'a parameter without gradient is never trained, and a training on several GPUs '
    'waits for it for ever'
)
def check_gradients(case: HeadCase) -> None:
    """Every trainable parameter has one that is finite, and not 0 at all steps."""
    skip_unless(case.has_parameters, f'{case.name} has nothing to train')
    named = case.prototype.decode_head.named_parameters()
    missing = {name for name, parameter in named if parameter.requires_grad}
    for draw in range(_DRAWS if case.from_config else 1):
        model = case.anew(draw).float().train()
        missing -= _reached(case, model, missing)
        if not missing:
            return
    names = ', '.join(sorted(missing))
    require(False, f'no gradient reaches {names} in {_FIRST} steps of training')


def _reached(case: HeadCase, model: FewShotSegmentor, missing: set[str]) -> set[str]:
    """Parameters whose gradient is not 0 in one of the first steps.

    A unit of a narrow head may be dead from the start: then another draw of the weights
    is asked.
    """
    parameters = dict(model.decode_head.named_parameters())
    steps = torch.optim.SGD(parameters.values(), lr=1e-3)
    found: set[str] = set()
    for seed in range(_FIRST):
        steps.zero_grad(set_to_none=True)
        _loss(case, model, seed).backward()
        for name, parameter in parameters.items():
            if parameter.grad is not None:
                finite = bool(parameter.grad.isfinite().all())
                require(finite, f'the gradient of {name} is not finite')
                if parameter.grad.count_nonzero():
                    found.add(name)
        if missing <= found:
            break
        steps.step()
    return found


@head_check('a head that cannot learn a few drawn rectangles learns nothing')
def check_loss_falls(case: HeadCase) -> None:
    """A few steps of Adam lower the loss of the episodes that they are made on."""
    skip_unless(case.has_parameters, f'{case.name} has nothing to train')
    losses = []
    for rate, draw in ((_RATE, 0), (_RATE / 10, 0), (_RATE, 1)):
        model = case.anew(draw).float().train()
        steps = torch.optim.Adam(model.decode_head.parameters(), lr=rate)
        losses = []
        for _ in range(_STEPS + 1):
            loss = _loss(case, model, 0)
            steps.zero_grad(set_to_none=True)
            loss.backward()
            steps.step()
            losses.append(loss.item())
        if min(losses[1:]) < losses[0] and losses[-1] < losses[0]:
            return
    require(
        False,
        f'{_STEPS} steps of Adam on the same episodes take the loss from '
        f'{losses[0]:.4g} to {losses[-1]:.4g}',
    )


def _loss(case: HeadCase, model: FewShotSegmentor, seed: int) -> torch.Tensor:
    """The segmentor's own loss of drawn episodes; dropout is drawn by the seed."""
    inputs = case.inputs(model, 2, case.most_shots(2), size=(49, 49), seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        losses = model.loss(inputs, samples_of(inputs))
    return model.parse_losses(losses)[0]
