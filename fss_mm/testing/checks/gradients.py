"""Training: gradients arrive, and the loss falls."""

from __future__ import annotations

import torch

from ...models import FewShotSegmentor
from ..case import HeadCase
from ..drawn import samples_of
from ..results import head_check, require, skip_unless

_STEPS, _RATE = 8, 3e-3


@head_check(
    'a parameter without gradient is never trained, and a training on several GPUs '
    'waits for it for ever'
)
def check_gradients(case: HeadCase) -> None:
    """Every trainable parameter has one that is finite, and not 0 at all steps."""
    skip_unless(case.has_parameters, f'{case.name} has nothing to train')
    model = case.model(torch.float32, training=True)
    missing = {k for k, p in model.decode_head.named_parameters() if p.requires_grad}
    steps = torch.optim.SGD(model.decode_head.parameters(), lr=1e-3)
    for seed in range(6):
        loss = _loss(case, model, seed)
        steps.zero_grad(set_to_none=True)
        loss.backward()
        for name, parameter in model.decode_head.named_parameters():
            grad = parameter.grad
            if grad is not None:
                require(
                    bool(grad.isfinite().all()), f'the gradient of {name} is not finite'
                )
                if grad.count_nonzero():
                    missing.discard(name)
        if not missing:
            return
        steps.step()
    names = ', '.join(sorted(missing))
    require(False, f'no gradient reaches {names} in 6 steps of training')


@head_check('a head that cannot learn a few drawn rectangles learns nothing')
def check_loss_falls(case: HeadCase) -> None:
    """A few steps of Adam lower the loss of the episodes that they are made on."""
    skip_unless(case.has_parameters, f'{case.name} has nothing to train')
    losses = []
    for rate in (_RATE, _RATE / 10):
        model = case.model(torch.float32, training=True)
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
