"""From supports to a class, and what can be expected of it.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from mmengine.logging import print_log

from ..engine.describe_images import Encode, encode_images
from ..index import IGNORE_INDEX
from ..models import FewShotSegmentor
from ..models.strategies import FineTuning
from ..structures import ClassRepresentation, cat_records
from .learned_class import LearnedClass, Support
from .segmenting import computing, log_odds, segment_batch

Representations = tuple[ClassRepresentation, ...]
Learn = Callable[[Sequence[Support]], Representations]
_LOWEST_LEVEL, _MOST_GAIN = 1e-2, 3.0


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
    encode: Encode = encode_images,
) -> LearnedClass:
    """Learn a class, and hold each support out to see what it is worth.

    Args:
        model (FewShotSegmentor): In eval mode.
        name (str): Of the class.
        supports (Sequence[Support]): K of one size.
        fine_tuning (FineTuning, optional): As in :func:`represent`.
        seed (int): Likewise.
        encode (Encode): Encodes supports as queries, or knows what was encoded before.
    """

    def learn(some: Sequence[Support]) -> Representations:
        return represent(model, some, fine_tuning, seed)

    known = learn(supports)
    tuning = fine_tuning or model.fine_tuning
    tuned = tuning is not None
    odds = []
    fewest = 2 if tuned and tuning.tunes_head else 1  # it makes pairs of them
    if len(supports) > fewest:
        odds = held_out(model, supports, learn, encode)
    ious = tuple(iou(own > 0, s.labels) for own, s in zip(odds, supports))
    alone = (lambda _: known) if tuned else learn
    level = usual_log_odds(model, supports, alone, encode)
    if odds and not tuned:
        level *= gain_of_supports(model, supports, odds, learn, encode)
    origin = origin_of(name, supports, tuning, seed)
    return LearnedClass(name, known, len(supports), level, origin, ious)


def origin_of(
    name: str,
    supports: Sequence[Support],
    fine_tuning: FineTuning | None = None,
    seed: int = 0,
) -> str:
    """What a class is learned from, as a hash in hex.

    Args:
        name (str): Of the class.
        supports (Sequence[Support]): K.
        fine_tuning (FineTuning, optional): Of the call, or of the model's config.
        seed (int): Of what is random about it.
    """
    tuning = None if fine_tuning is None else (vars(fine_tuning), seed)
    digest = hashlib.sha256(repr((name, tuning)).encode())
    for support in supports:
        image = support.image.image.cpu().contiguous().numpy()
        for array in (image, support.labels):
            digest.update(repr((array.shape, array.dtype)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def held_out(
    model: FewShotSegmentor,
    supports: Sequence[Support],
    learn: Learn,
    encode: Encode = encode_images,
) -> list[np.ndarray]:
    """Log-odds in each support, for a class that is learned from the others.

    Returns:
        list[np.ndarray]: K of (H, W).
    """
    places = range(len(supports))
    rest = [[supports[j] for j in places if j != i] for i in places]
    return [
        log_odds_in(model, support, learn(others), encode)
        for support, others in zip(supports, rest)
    ]


def usual_log_odds(
    model: FewShotSegmentor,
    supports: Sequence[Support],
    learn: Learn,
    encode: Encode = encode_images,
) -> float:
    """What log-odds a class usually has where it is, if it has one support.

    Each support is mirrored, and looked for with what is learned from it alone.

    Args:
        model (FewShotSegmentor): In eval mode.
        supports (Sequence[Support]): Of the class.
        learn (Callable): From one support to a class.
        encode (Encode): As in :func:`learn_class`.

    Returns:
        float: Above 0; the lowest there is, and a warning, if the class is not seen.
    """
    found = []
    for support in supports:
        other = mirrored(support)
        odds = log_odds_in(model, other, learn([support]), encode)
        found.append(odds[other.labels == 1].mean())
    level = float(np.mean(found))
    if level <= _LOWEST_LEVEL:
        print_log(
            f'a class of {supports[0].image.meta["name"]}: the model does not see it '
            'in its own supports, and among several classes it would take their '
            'pixels; leave it out, add other photographs, or take another model',
            'current',
            logging.WARNING,
        )
        return _LOWEST_LEVEL
    return level


def gain_of_supports(
    model: FewShotSegmentor,
    supports: Sequence[Support],
    odds: Sequence[np.ndarray],
    learn: Learn,
    encode: Encode = encode_images,
) -> float:
    """How much surer a model is of a class because it has several supports.

    Some methods are: without this factor the class with more supports takes the pixels
    of the other one. docs/own-images.md has what was measured.

    Args:
        model (FewShotSegmentor): In eval mode.
        supports (Sequence[Support]): K, 2 or more.
        odds (Sequence[np.ndarray]): K, of :func:`held_out`.
        learn (Callable): From some supports to a class.
        encode (Encode): As in :func:`learn_class`.

    Returns:
        float: Mean log-odds in supports that are held out, learned from all others,
        over the same learned from one other; from 1/3 to 3.
    """
    many, few = [], []
    for place, (support, own) in enumerate(zip(supports, odds)):
        alone = log_odds_in(model, support, learn([supports[place - 1]]), encode)
        for found, to in ((own, many), (alone, few)):
            to.append(found[support.labels == 1].mean())
    ratio = np.mean(many) / max(np.mean(few), _LOWEST_LEVEL)
    return float(np.clip(ratio, 1 / _MOST_GAIN, _MOST_GAIN))


def log_odds_in(
    model: FewShotSegmentor,
    support: Support,
    known: Representations,
    encode: Encode = encode_images,
) -> np.ndarray:
    """Log-odds of a class in a support that is taken as a query: (H, W)."""
    (logits,) = segment_batch(model, [support.image], [known], encode)
    with torch.inference_mode():
        return log_odds(model, logits, support.labels.shape).float().cpu().numpy()


def iou(found: np.ndarray, labels: np.ndarray) -> float:
    """Intersection over union with a mask, in percent; 255 counts nowhere.

    Args:
        found (np.ndarray): (H, W), bool.
        labels (np.ndarray): (H, W), uint8: 0, 1 and 255.
    """
    counted = labels != IGNORE_INDEX
    both = np.count_nonzero(found & (labels == 1))
    either = np.count_nonzero((found | (labels == 1)) & counted)
    return float(100 * both / either) if either else 0.0


def mirrored(support: Support) -> Support:
    """The same, left and right exchanged, as a query."""
    flipped = torch.flip(support.image.image, dims=(2,))
    return replace(
        support,
        labels=np.ascontiguousarray(support.labels[:, ::-1]),
        image=replace(support.image, image=flipped),
    )
