"""Points to masks, by what looks alike to an encoder.

Shape letters: C channels, P points or groups of them, H W size of a photograph, h w
feature size.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...engine.describe_images import encode_images
from ...models import FewShotSegmentor
from ...structures import QUERY, LoadedImage
from ..segmenting import computing
from .drawing import connected, pixel_of
from .grab_cut import cut_region
from .kinds import Point, Points

_SHADES = 255
_LEAST_RANGE = 1e-3  # of cosines; below all of a picture looks alike


def grow_points(
    model: FewShotSegmentor, image: LoadedImage, pixels: np.ndarray, points: Points
) -> np.ndarray:
    """What looks as the positive points do, and is connected with one of them.

    A pixel looks so if it is more like the positive points than like the nearest of the
    negative ones; without negative points, if it is on the upper side of the threshold
    that divides the picture's similarities best (Otsu). GrabCut moves the edge of this
    region to edges of the picture.

    Args:
        model (FewShotSegmentor): In eval mode; all levels of its encoder are used.
        image (LoadedImage): The photograph prepared as a query.
        pixels (np.ndarray): (H, W, 3), uint8, BGR: the photograph.
        points (Points): Inside of it.

    Returns:
        np.ndarray: (H, W), bool.
    """
    size = pixels.shape[:2]
    with computing(model):
        levels = encode_images(model, QUERY, [image])[0].levels
    levels = [F.normalize(level.float(), dim=1) for level in levels]
    alike = similarity(levels, [points.positive], size)
    if points.negative:
        others = [[point] for point in points.negative]
        region = alike > similarity(levels, others, size)
    else:
        region = _above_otsu(alike)
    on, beside = (_dots(some, size) for some in (points.positive, points.negative))
    region = connected((region | on) & ~beside, on)
    return connected(cut_region(pixels, region, on, beside), on)


def similarity(
    levels: Sequence[Tensor], groups: Sequence[Sequence[Point]], size: tuple[int, int]
) -> np.ndarray:
    """Cosine of a pixel's features with the mean of those at a group of points.

    Args:
        levels (Sequence[Tensor]): Features of a picture, (1, C, h, w), of length 1;
            their cosines are averaged.
        groups (Sequence[Sequence[tuple[float, float]]]): P groups of points (x, y) in
            pixels of the photograph; the most alike one counts.
        size (tuple[int, int]): H and W.

    Returns:
        np.ndarray: (H, W), float32, from -1 to 1.
    """
    found = 0
    for features in levels:
        means = [_features_at(features, points, size).mean(1) for points in groups]
        means = F.normalize(torch.stack(means), dim=1)  # (P, C)
        cosines = torch.einsum('chw,pc->phw', features[0], means)
        found += F.interpolate(cosines[None], size, mode='bilinear')[0]
    return (found / len(levels)).amax(0).cpu().numpy()


def _features_at(
    features: Tensor, points: Sequence[Point], size: tuple[int, int]
) -> Tensor:
    """Features at the centres of pixels, between those that are there: (C, P)."""
    height, width = size
    scale = torch.tensor([2 / width, 2 / height], device=features.device)
    centers = [[value + 0.5 for value in pixel_of(point)] for point in points]
    grid = torch.tensor(centers, device=features.device) * scale - 1  # (P, 2)
    found = F.grid_sample(
        features, grid[None, None], padding_mode='border', align_corners=False
    )
    return F.normalize(found[0, :, 0], dim=0)


def _above_otsu(alike: np.ndarray) -> np.ndarray:
    low, high = float(alike.min()), float(alike.max())
    if high - low < _LEAST_RANGE:
        return np.ones(alike.shape, bool)
    shades = ((alike - low) * (_SHADES / (high - low))).astype(np.uint8)
    threshold, _ = cv2.threshold(shades, 0, _SHADES, cv2.THRESH_OTSU)
    return shades > threshold


def _dots(points: Sequence[Point], size: tuple[int, int]) -> np.ndarray:
    """Where points are: (H, W), bool."""
    dots = np.zeros(size, bool)
    for column, row in map(pixel_of, points):
        dots[row, column] = True
    return dots
