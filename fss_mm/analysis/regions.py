"""Vectors of regions of an image, and how alike they are.

The vector of a region is masked average pooling (SimPropNet section 3.1, as in SG-One):
each cell of the features counts by the region's share of it. Levels of different sizes
are pooled by themselves and put together. What is computed of vectors is in double
precision.

Shape letters: P pairs, C channels of all levels, H W mask size, h w feature size.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Vector = np.ndarray | None


def region_vectors(
    levels: Sequence[Tensor], regions: Mapping[Hashable, Tensor]
) -> dict[Hashable, Vector]:
    """Masked average pooling of regions, of all of an image at once.

    Args:
        levels (Sequence[Tensor]): (1, c, h, w) each, of one image.
        regions (Mapping[Hashable, Tensor]): Name to (H, W), bool; void pixels are in
            none.

    Returns:
        dict[Hashable, np.ndarray | None]: Name to (C,) float64; None for an empty
        region.
    """
    found: dict[Hashable, Vector] = dict.fromkeys(regions)
    names = [name for name, region in regions.items() if region.any()]
    if names:
        masks = [regions[name] for name in names]
        parts = [_pooled(level[0], masks) for level in levels]
        found |= zip(names, torch.cat(parts, dim=1).cpu().numpy())
    return found


def _pooled(level: Tensor, masks: Sequence[Tensor]) -> Tensor:
    """(c, h, w) under R masks (H, W): (R, c)."""
    shares = [
        F.interpolate(mask[None, None].double(), level.shape[-2:], mode='area')
        for mask in masks
    ]
    weights = torch.cat(shares).flatten(1).to(level.device)  # (R, hw)
    return weights @ level.flatten(1).double().T / weights.sum(1, keepdim=True)


def label_regions(mask: Tensor) -> dict[str, Tensor]:
    """Foreground and background of a mask (H, W) of 0, 1 and 255."""
    return dict(foreground=mask == 1, background=mask == 0)


def stacked(vectors: Sequence[Vector]) -> np.ndarray:
    """Vectors as rows (P, C); nan for those of empty regions."""
    width = next((len(v) for v in vectors if v is not None), 0)
    missing = np.full(width, np.nan)
    return np.array([missing if v is None else v for v in vectors])


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine similarity of rows (P, C): (P,); nan where one is missing or zero."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return divided((a * b).sum(1), lengths)


def inner_ratio(
    part_a: np.ndarray, part_b: np.ndarray, truth_a: np.ndarray, truth_b: np.ndarray
) -> np.ndarray:
    """How alike two parts are, as a share of how alike the objects are.

    SimPropNet section 3.1: ``(Z^e(A) . Z^e(B)) / (Z^g(A) . Z^g(B))``, where Z are rows
    (P, C) of the images A and B of a pair: (P,); nan where one is missing.
    """
    return divided((part_a * part_b).sum(1), (truth_a * truth_b).sum(1))


def divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A / b, nan where b is 0."""
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b != 0)


def other_class_partners(class_ids: Sequence[int], seed: int = 0) -> np.ndarray | None:
    """For each pair another one, uniform among those of other classes: (P,).

    Args:
        class_ids (Sequence[int]): P.
        seed (int): Of what is drawn. Defaults to 0.

    Returns:
        np.ndarray | None: None where there is one class alone.
    """
    ids = np.asarray(class_ids)
    if len(np.unique(ids)) < 2:
        return None
    random = np.random.Generator(np.random.Philox(seed))
    found = np.empty(len(ids), np.int64)
    for class_id in np.unique(ids):
        own = ids == class_id
        found[own] = random.choice(np.flatnonzero(~own), own.sum())
    return found


def summary(values: np.ndarray) -> dict[str, float | int | None]:
    """Number, mean and spread (sample standard deviation) of what is no nan."""
    known = values[~np.isnan(values)]
    return dict(
        n=len(known),
        mean=float(known.mean()) if len(known) else None,
        std=float(known.std(ddof=1)) if len(known) > 1 else None,
        median=float(np.median(known)) if len(known) else None,
    )


def show(found: Mapping[str, float | int | None]) -> str:
    """Mean and spread of a :func:`summary` as a cell of a table."""
    if found['mean'] is None:
        return '-'
    std = '' if found['std'] is None else f' ± {found["std"]:.3f}'
    return f'{found["mean"]:.3f}{std}'


def by_class(
    values: np.ndarray, class_ids: Sequence[int], classes: Sequence[str]
) -> dict[str, dict]:
    """:func:`summary` of each class, by name in order of the ids, then of 'all'."""
    ids = np.asarray(class_ids)
    found = {classes[c - 1]: summary(values[ids == c]) for c in np.unique(ids)}
    return found | dict(all=summary(values))
