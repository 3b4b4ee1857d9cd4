"""From supports to a class, and what can be expected of it.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from ..index import IGNORE_INDEX
from ..models import FewShotSegmentor
from ..models.strategies import FineTuning
from ..structures import ClassRepresentation, cat_records
from .learned_class import LearnedClass, Support
from .segmenting import computing, log_odds, segment_batch

Representations = tuple[ClassRepresentation, ...]
Learn = Callable[[Sequence[Support]], Representations]
_LOWEST_LEVEL = 1e-2


def represent(
    model: FewShotSegmentor,
    supports: Sequence[Support],
    fine_tuning: FineTuning | None = None,
    seed: int = 0,
) -> Representations:
    """A class from its supports, of each test scale.

    Args:
        model (FewShotSegmentor): In eval mode.
        supports (Sequence[Support]): K of one size.
        fine_tuning (FineTuning, optional): Gives the class weights of its own. Defaults
            to None: what the model's config says.
        seed (int): Of what is random about it.

    Raises:
        ValueError: If the model cannot look at so many supports.
    """
    model.require_shots(len(supports))
    with computing(model):
        if fine_tuning is None:
            shots = [[model.describe_supports(x) for x in s.features] for s in supports]
        else:
            shots = [s.features for s in supports]
        sets = [cat_records(one, dim=1) for one in zip(*shots)]
        if fine_tuning is None:
            return tuple(model.represent(one, [seed]) for one in sets)
        return tuple(fine_tuning.represent(model, one, [seed]) for one in sets)


def learn_class(
    model: FewShotSegmentor,
    name: str,
    supports: Sequence[Support],
    fine_tuning: FineTuning | None = None,
    seed: int = 0,
) -> LearnedClass:
    """Learn a class, and hold each support out to see what it is worth.

    Args:
        model (FewShotSegmentor): In eval mode.
        name (str): Of the class.
        supports (Sequence[Support]): K of one size.
        fine_tuning (FineTuning, optional): As in :func:`represent`.
        seed (int): Likewise.
    """

    def learn(some: Sequence[Support]) -> Representations:
        return represent(model, some, fine_tuning, seed)

    known = learn(supports)
    if _can_hold_out(model, supports, fine_tuning):
        levels, ious = zip(*held_out(model, supports, learn))
    else:  # a mirrored support is as near to another one as can be had
        mirrored = [_mirrored(support) for support in supports]
        levels, ious = [_seen(model, one, known)[0] for one in mirrored], ()
    level = max(float(np.mean(levels)), _LOWEST_LEVEL)
    return LearnedClass(name, known, len(supports), level, tuple(ious), tuple(supports))


def held_out(
    model: FewShotSegmentor, supports: Sequence[Support], learn: Learn
) -> list[tuple[float, float]]:
    """Each support as a query for a class that is learned from the others.

    Returns:
        list[tuple[float, float]]: K, mean log-odds where the class is, and IoU in
        percent.
    """
    found = []
    for place, support in enumerate(supports):
        others = [*supports[:place], *supports[place + 1 :]]
        found.append(_seen(model, support, learn(others)))
    return found


def _can_hold_out(
    model: FewShotSegmentor,
    supports: Sequence[Support],
    fine_tuning: FineTuning | None,
) -> bool:
    tuned = fine_tuning is not None or model.fine_tuning is not None
    return len(supports) > (2 if tuned else 1)  # of which fine-tuning makes pairs


def _seen(
    model: FewShotSegmentor, support: Support, known: Representations
) -> tuple[float, float]:
    (logits,) = segment_batch(model, [support.image], [known])
    odds = log_odds(model, logits, support.labels.shape).float().cpu().numpy()
    level = float(odds[support.labels == 1].mean())
    return level, iou(odds > 0, support.labels)


def iou(found: np.ndarray, labels: np.ndarray) -> float:
    """Intersection over union with a mask, in percent; 255 counts nowhere.

    Args:
        found (np.ndarray): (H, W), bool.
        labels (np.ndarray): (H, W), uint8: 0, 1 and 255.
    """
    counted = labels != IGNORE_INDEX
    both = np.count_nonzero(found & (labels == 1))
    either = np.count_nonzero((found | (labels == 1)) & counted)
    return 100.0 * float(both) / either if either else 0.0


def _mirrored(support: Support) -> Support:
    flipped = torch.flip(support.image.image, dims=(2,))
    return replace(
        support,
        labels=np.ascontiguousarray(support.labels[:, ::-1]),
        image=replace(support.image, image=flipped),
    )
