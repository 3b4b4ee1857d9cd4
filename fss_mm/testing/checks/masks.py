"""Masks: what is ignored, what is empty, what is small."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ...models import FewShotSegmentor
from ..case import HeadCase
from ..results import head_check, require, skip_unless
from .comparing import Episodes, require_finite, require_same


@head_check(
    'the border of objects is labelled 255 because nobody knows what it shows: it must '
    'not become part of the class'
)
def check_ignored_in_supports(case: HeadCase) -> None:
    """Other features in the last column, which three columns of 255 surround."""
    case.skip_without_classes()
    reason = case.prototype.decode_head.uses_ignored
    skip_unless(not reason, f'{case.name} declares uses_ignored: {reason}')
    model = case.model()
    head = model.decode_head
    query, supports = case.features(model, 2, case.most_shots(2))
    masks = supports.masks.clone()
    masks[..., -masks.shape[-1] // 3 :] = 255
    supports = head.reduce_supports(replace(supports, masks=masks))
    changed = replace(
        supports,
        views={
            name: tuple(map(_other_border, levels))
            for name, levels in supports.views.items()
        },
    )
    skip_unless(
        any(changed.tensors()[k] is not v for k, v in supports.tensors().items()),
        f'no level of {case.name} has four columns or more, of which one is far inside',
    )
    with torch.no_grad():
        reduced = head.reduce_query(query)
        logits = [
            head.segment(reduced, head.merge_shots(head.represent_shots(x)))
            for x in (supports, changed)
        ]
    require_same(
        *(output.query_logits for output in logits),
        'other features where the masks of the supports are 255 give other logits; '
        'say why in uses_ignored if they should',
    )


def _other_border(level: Tensor) -> Tensor:
    """Other features in the last column of (N, K, C, h, w), if it has four or more."""
    if level.shape[-1] < 4 or not level.is_floating_point():
        return level
    changed = level.clone()
    changed[..., -1] = level[..., -1].flip(2) + level[..., -1].mean()
    return changed


@head_check('pixels without a label would be trained on, as if they had one')
def check_ignored_in_loss(case: HeadCase) -> None:
    """Other logits where the truth is 255 give the same losses."""
    head = case.model().decode_head
    generator = torch.Generator('cpu').manual_seed(0)
    logits = torch.randn(2, 2, 9, 9, generator=generator, dtype=torch.float64)
    masks = torch.randint(0, 2, (2, 33, 33), generator=generator, dtype=torch.uint8)
    masks[..., -12:] = 255
    other = logits.clone()
    other[..., -1] = logits[..., -1].flip(1) + 3
    with torch.no_grad():
        first, second = (head.loss_by_feat(x, masks) for x in (logits, other))
    for name, value in first.items():
        require_same(
            second[name],
            value,
            f'{name!r} of loss_by_feat changes with logits where the truth is 255',
        )


@head_check(
    'a crop may show nothing but the class, or nothing of it: one such episode would '
    'ruin a whole training'
)
def check_masks_of_one_value(case: HeadCase) -> None:
    """Supports that are all background, all class, all ignored."""
    for value in (0, 1, 255):
        for training in (True, False):
            model = case.model(torch.float32, training)
            query, supports = case.features(model)
            masks = torch.full_like(supports.masks, value)
            episodes = query, replace(supports, masks=masks)
            of = f'supports whose masks are {value} everywhere'
            _require_finite_step(case, model, episodes, of, training)


@head_check('an object of a few pixels is in no cell of a coarse map')
def check_small_object(case: HeadCase) -> None:
    """One pixel of the class: finite, or refused in a line that says mask."""
    model = case.model(torch.float32)
    query, supports = case.features(model)
    masks = torch.zeros_like(supports.masks)
    masks[..., 5, 5] = 1
    try:
        episodes = query, replace(supports, masks=masks)
        _require_finite_step(case, model, episodes, 'one pixel', False)
    except ValueError as error:
        require('mask' in str(error), f'ValueError: {error}; it does not say mask')


def _require_finite_step(
    case: HeadCase, model: FewShotSegmentor, episodes: Episodes, of: str, training: bool
) -> None:
    """Logits, and in training losses and gradients, of queries and of supports."""
    head, masks = model.decode_head, episodes[1].masks[:, 0]
    with torch.random.fork_rng(devices=[]), torch.set_grad_enabled(training):
        output = head(*episodes, with_support=case.predicts_supports)
        require_finite(output, of)
        logits = [output.query_logits]
        if case.predicts_supports:
            logits.append(output.support_logits[:, 0])
        if not (training and logits[0].requires_grad):
            return
        losses = [head.loss_by_feat(x, masks) for x in logits]
        values = [v.sum() for each in losses for k, v in each.items() if 'loss' in k]
        sum(values).backward()
    for name, parameter in head.named_parameters():
        fine = parameter.grad is None or bool(parameter.grad.isfinite().all())
        require(fine, f'the gradient of {name} is not finite for {of}')
