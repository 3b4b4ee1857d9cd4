"""Boxes and strokes to masks, by OpenCV's GrabCut.

C. Rother, V. Kolmogorov, A. Blake: GrabCut, ACM Transactions on Graphics 23 (2004). It
learns the colours of the object and of what is around it, and cuts between both where
the picture has edges.

Shape letters: H W size of a photograph, h w size that is worked at.
"""

from __future__ import annotations

import cv2
import numpy as np

from .drawing import OBJECT, OTHER, connected
from .kinds import Box

_LONGEST = 320  # pixels of the longer side that is worked at
_ROUNDS = 5
_COLORS = 5  # of each side; GrabCut needs as many pixels
_AROUND = 0.5  # of a box's sides, beside it: where it is told from
_LEAST = 0.01  # of a box; less is nothing
_EDGE = 0.05  # of a picture's shorter side: how far a region's edge may move
_MAY_BE = cv2.GC_PR_BGD


def cut_box(pixels: np.ndarray, box: Box) -> np.ndarray | None:
    """The object in a box.

    Args:
        pixels (np.ndarray): (H, W, 3), uint8, BGR.
        box (Box): Inside of the picture; something is around it.

    Returns:
        np.ndarray | None: (H, W), bool; None if nothing in the box differs from what is
        around it.
    """
    size = pixels.shape[:2]
    rows, columns = span(box.y0, box.y1), span(box.x0, box.x1)
    part = _wider(rows, size[0]), _wider(columns, size[1])
    inside = np.zeros(size, bool)
    inside[rows, columns] = True
    seeds = np.where(_shrunk_mask(inside[part]), cv2.GC_PR_FGD, cv2.GC_BGD)
    found = _cut(pixels[part], seeds)
    if found is None:
        return None
    mask = np.zeros(size, bool)
    mask[part] = found
    mask &= inside
    return mask if mask.sum() >= _LEAST * inside.sum() else None


def cut_strokes(pixels: np.ndarray, strokes: np.ndarray) -> np.ndarray | None:
    """The object that strokes are on: in as many pieces as have strokes.

    Args:
        pixels (np.ndarray): (H, W, 3), uint8, BGR.
        strokes (np.ndarray): (H, W), uint8, of :func:`~.drawing.draw_scribbles`.

    Returns:
        np.ndarray | None: (H, W), bool; None if the strokes have too few pixels to know
        the object's colours.
    """
    on, beside = (
        _shrunk((strokes == value).astype(np.float32)) for value in (OBJECT, OTHER)
    )
    seeds = np.full(on.shape, cv2.GC_PR_BGD)
    seeds[(on > 0) & (on >= beside)] = cv2.GC_FGD
    seeds[(beside > 0) & (beside > on)] = cv2.GC_BGD
    found = _cut(pixels, seeds)
    if found is None:
        return None
    on = strokes == OBJECT
    return connected((found | on) & (strokes != OTHER), on)


def cut_region(
    pixels: np.ndarray, region: np.ndarray, on: np.ndarray, beside: np.ndarray
) -> np.ndarray:
    """A region that is right but for its edge.

    Args:
        pixels (np.ndarray): (H, W, 3), uint8, BGR.
        region (np.ndarray): (H, W), bool: about where the object is. What is further
            away from it than a twentieth of the picture's shorter side is none of it.
        on (np.ndarray): (H, W), bool: what is the object in any case.
        beside (np.ndarray): (H, W), bool: what is not, in any case.

    Returns:
        np.ndarray: (H, W), bool; the region itself where it is too small, or leaves too
        little, to know colours.
    """
    small, sure, others = (_shrunk(x.astype(np.float32)) for x in (region, on, beside))
    small = small >= 0.5
    around = max(1, round(_EDGE * min(small.shape)))
    kernel = np.ones((2 * around + 1,) * 2, np.uint8)
    seeds = np.where(
        cv2.dilate(small.astype(np.uint8), kernel) > 0, _MAY_BE, cv2.GC_BGD
    )
    seeds[small] = cv2.GC_PR_FGD
    seeds[(others > 0) & (others > sure)] = cv2.GC_BGD
    seeds[(sure > 0) & (sure >= others)] = cv2.GC_FGD
    found = _cut(pixels, seeds)
    return region if found is None else (found | on) & ~beside


def _cut(pixels: np.ndarray, seeds: np.ndarray) -> np.ndarray | None:
    """GrabCut on a picture (H, W, 3) from seeds (h, w): (H, W), bool.

    The seed of OpenCV's generator is set, which draws the first colours.
    """
    is_object = (seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)
    if min(is_object.sum(), (~is_object).sum()) < _COLORS:
        return None
    seeds = seeds.astype(np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(_shrunk(pixels), seeds, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = (seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)
    size = pixels.shape[1::-1]
    return cv2.resize(found.astype(np.float32), size) >= 0.5


def _shrunk(image: np.ndarray) -> np.ndarray:
    """At the size that is worked at: (H, W, ...) to (h, w, ...)."""
    scale = min(1.0, _LONGEST / max(image.shape[:2]))
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _shrunk_mask(mask: np.ndarray) -> np.ndarray:
    return _shrunk(mask.astype(np.float32)) >= 0.5


def span(low: float, high: float) -> slice:
    """Pixels whose centres are between two edges inside of a picture; at least one."""
    first, behind = int(np.ceil(low - 0.5)), int(np.ceil(high - 0.5))
    if first < behind:
        return slice(first, behind)
    return slice(int(low), int(low) + 1)


def _wider(span: slice, length: int) -> slice:
    more = max(_COLORS, round(_AROUND * (span.stop - span.start)))
    return slice(max(0, span.start - more), min(length, span.stop + more))
