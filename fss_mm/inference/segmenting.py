"""Classes in a batch of queries: logits, log-odds, and one mask of all classes.

Shape letters: B queries, C classes, H W size of a photograph, h w feature size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ..engine.describe_images import Encode, encode_images
from ..models import FewShotSegmentor
from ..structures import QUERY, ClassRepresentation, LoadedImage

Logits = tuple[Tensor, ...]  # (B, 2, h, w) of each test scale
_LEAST = 1e-6  # of a probability, so that its logarithm is a number
_MOST_TIMES = 10.0  # the largest level over the smallest that counts


@contextmanager
def computing(model: FewShotSegmentor) -> Iterator[None]:
    """Without gradients, in the model's precision."""
    with torch.inference_mode(), model.autocast():
        yield


def segment_batch(
    model: FewShotSegmentor,
    images: Sequence[LoadedImage],
    classes: Sequence[tuple[ClassRepresentation, ...]],
    encode: Encode = encode_images,
) -> list[Logits]:
    """Encode images once and look for each class in them.

    Args:
        model (FewShotSegmentor): In eval mode, on its device.
        images (Sequence[LoadedImage]): B of one size.
        classes (Sequence[tuple[ClassRepresentation, ...]]): C, of each test scale.
        encode (Encode): Encodes, or knows what was encoded before.

    Returns:
        list[tuple[Tensor]]: C, of each scale (B, 2, h, w) at the head's resolution.
    """
    with computing(model):
        encoded = encode(model, QUERY, images)
        reduced = encoded
        if not all(scales[0].weights for scales in classes):
            reduced = [model.describe_queries(query) for query in encoded]
        return [
            tuple(
                model.segment(full if one.weights else short, one.repeated(len(images)))
                for full, short, one in zip(encoded, reduced, scales)
            )
            for scales in classes
        ]


def log_odds(model: FewShotSegmentor, logits: Logits, size: tuple[int, int]) -> Tensor:
    """Log-odds of a class in one photograph: (H, W), above 0 where it is.

    Args:
        model (FewShotSegmentor): It resizes, and averages over the scales, as in a
            test.
        logits (tuple[Tensor]): Of each scale, (1, 2, h, w).
        size (tuple[int, int]): H and W.
    """
    background, foreground = model.whole_logits(logits, size)[0]
    return foreground - background


def refined_odds(
    model: FewShotSegmentor,
    odds: Sequence[Tensor],
    levels: Sequence[float],
    image: np.ndarray,
) -> tuple[Sequence[Tensor], Sequence[float]]:
    """Log-odds of classes in one photograph, sharpened by the model's refiner, if any.

    Classes share the pixels with the background before they are refined, each by
    itself: a pixel's probabilities add up to one, and the largest is that of what
    :func:`merge_classes` would find there. A probability against the background alone
    would be all but one in other classes, too.

    Args:
        model (FewShotSegmentor): The model.
        odds (Sequence[Tensor]): C of (H, W), of :func:`log_odds`.
        levels (Sequence[float]): C, of :func:`comparable`.
        image (np.ndarray): The photograph itself, (H, W, 3), uint8, BGR.

    Returns:
        tuple[Sequence[Tensor], Sequence[float]]: For :func:`merge_classes`: C of (H, W)
        and the levels that they are in.
    """
    if model.refiner is None:
        return odds, levels
    unit = float(np.mean(levels))  # of one class its level: log-odds are as they were
    shares = [own.float() * (unit / level) for own, level in zip(odds, levels)]
    logits = torch.stack([torch.zeros_like(shares[0]), *shares])
    rgb = torch.from_numpy(np.ascontiguousarray(image[..., ::-1])).permute(2, 0, 1)
    classes = model.refiner(logits.softmax(0)[1:], rgb.to(logits.device))
    background = (1 - classes.sum(0)).clamp(min=_LEAST)
    return list(classes.clamp(min=_LEAST).log() - background.log()), [1.0] * len(odds)


def comparable(levels: Sequence[float]) -> list[float]:
    """Levels in which several classes are compared: none far below the largest.

    In units of its own a class that the model hardly sees would take the pixels of one
    that it sees well.
    """
    least = max(levels) / _MOST_TIMES
    return [max(level, least) for level in levels]


def merge_classes(
    odds: Sequence[Tensor], levels: Sequence[float]
) -> tuple[np.ndarray, tuple[float, ...]]:
    """One mask of several classes: the largest log-odds, each in units of its level.

    A single class is where its log-odds are above 0, as in a test.

    Args:
        odds (Sequence[Tensor]): C of (H, W).
        levels (Sequence[float]): C, of :func:`comparable`.

    Returns:
        tuple[np.ndarray, tuple[float, ...]]: (H, W), uint8: 0 for background, else the
        place of the class from 1 on; and of each class the mean probability where it
        was found, 0 if it was not.
    """
    best = torch.zeros_like(odds[0])
    mask = torch.zeros(best.shape, dtype=torch.uint8, device=best.device)
    for place, (own, level) in enumerate(zip(odds, levels), start=1):
        share = own / level if len(odds) > 1 else own
        better = share > best
        mask[better] = place
        best = torch.where(better, share, best)
    scores = []
    for place, own in enumerate(odds, start=1):
        found = own[mask == place]
        scores.append(float(found.sigmoid().mean()) if found.numel() else 0.0)
    return mask.cpu().numpy(), tuple(scores)
