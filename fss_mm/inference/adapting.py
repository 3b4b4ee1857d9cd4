"""Weights of its own for a class, if they help."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.logging import print_log

from ..models import FewShotSegmentor
from ..models.strategies import FineTuning
from ..utils.spelling import argument
from ..utils.text import counted
from .learned_class import LearnedClass, Support
from .learning import learn_class


def adapted_if_better(
    model: FewShotSegmentor,
    learned: LearnedClass,
    supports: Sequence[Support],
    tuning: FineTuning,
    seed: int,
) -> LearnedClass:
    """Fine-tune the head on a class's supports, and keep that only if it is better.

    What counts is the mean IoU of the supports, each segmented as a query by a class
    that was learned from the others. Both figures are logged.

    Args:
        model (FewShotSegmentor): Its head is left as it is.
        learned (LearnedClass): Without weights of its own.
        supports (Sequence[Support]): What it was learned from.
        tuning (FineTuning): How.
        seed (int): Of what is random about it.

    Raises:
        ValueError: If there are less than three supports (one is held out, and two make
            a pair), the head cannot be fine-tuned, or the model does it by its config.
    """
    if learned.num_supports < 3:
        raise ValueError(
            f'{argument("adapt", True)} for '
            f'{counted(learned.num_supports, "support")} of {learned.name!r}: at '
            'least 3 are needed, two to learn from and one that is held out to see '
            'whether it helped'
        )
    head = model.decode_head
    if not any(p.requires_grad for p in head.parameters()):
        raise ValueError(
            f'{argument("adapt", True)} for {learned.name!r}: {type(head).__name__} '
            'has nothing to train; leave it out, or take a model that was trained'
        )
    if model.fine_tuning is not None:
        raise ValueError(
            f"{argument('adapt', True)} for {learned.name!r}: the model's config has "
            'fine_tuning, by which every class is adapted: leave one of the two out'
        )
    tuning.check(head, model.shot_fusion)
    print_log(
        f'{learned.name}: fine-tuning {learned.num_supports + 1} times, {tuning.steps} '
        'steps each: once with all supports, and once without each of them',
        'current',
        logging.INFO,
    )
    adapted = learn_class(model, learned.name, supports, tuning, seed)
    better = adapted.mean_iou > learned.mean_iou
    outcome = 'kept' if better else 'not kept: the class stays as it was'
    print_log(
        f'{learned.name}: IoU of supports that are held out {learned.mean_iou:.1f} % '
        f'before and {adapted.mean_iou:.1f} % after fine-tuning; {outcome}',
        'current',
        logging.INFO,
    )
    return adapted if better else learned
