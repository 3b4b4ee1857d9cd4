"""Faults that a GPU would show, found without one.

A tensor that is made without naming its device lies on the default one. With the meta
device as default, over inputs and weights on the CPU, whatever forgets its device
collides at the first operation.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from ..case import HeadCase
from ..drawn import samples_of
from ..results import CheckFailedError, head_check, require
from .comparing import require_same


@head_check('on a GPU the head would stop at the first tensor that it makes')
def check_devices(case: HeadCase) -> None:
    """Prediction, and a step of training, with the meta device as the default."""
    model = case.model(torch.float32)
    _require_buffers(model.decode_head)
    query, supports = case.features(model, 2, case.most_shots(2))
    masks = supports.masks.clone()
    masks[0] = 0
    masks[0, :, 3, 3] = 1  # lost by plain down-sampling, and looked for
    episodes = query, replace(supports, masks=masks)
    with torch.no_grad():
        expected = model.decode_head(*episodes).query_logits
    try:
        with torch.no_grad(), torch.device('meta'):
            found = model.decode_head(*episodes).query_logits
        require(found.device.type == 'cpu', f'logits are on {found.device}, not on cpu')
        _train_elsewhere(case)
    except (RuntimeError, NotImplementedError, TypeError) as error:
        said = str(error).partition('\n')[0]
        raise CheckFailedError(
            f'a tensor is made without naming its device ({said})'
        ) from error
    require_same(found, expected, 'the default device changes the logits')


def _require_buffers(head: nn.Module) -> None:
    """Fail the check if a module holds a tensor that does not move with it."""
    for place, module in head.named_modules():
        for name, value in vars(module).items():
            require(
                not isinstance(value, Tensor),
                f'{f"{place}.{name}".lstrip(".")} is a tensor, and no buffer: it stays '
                'where it is when the head is moved to a GPU',
            )


def _train_elsewhere(case: HeadCase) -> None:
    """Loss and gradients of the segmentor."""
    model = case.model(torch.float32, training=True)
    inputs = case.inputs(model, 2, case.most_shots(2))
    samples = samples_of(inputs)
    with torch.random.fork_rng(devices=[]), torch.device('meta'):
        total = model.parse_losses(model.loss(inputs, samples))[0]
        if total.requires_grad:
            total.backward()
    require(total.device.type == 'cpu', f'the loss is on {total.device}, not on cpu')
