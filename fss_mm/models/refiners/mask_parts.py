"""What a coarse mask tells a promptable model: boxes and points of its parts.

Shape letters: H W size of the mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

FOREGROUND, BACKGROUND, NO_POINT = 1, 0, -10
"""Labels of points, as SAM has them; the last one says that there is none."""
_GROWTH = 0.25  # of a box, on each side: where background is looked for


@dataclass(frozen=True)
class AskedPart:
    """One part of a mask, and how to ask for it.

    Args:
        part (np.ndarray): (H, W), bool: the part itself.
        box (tuple[int, int, int, int]): Its left, top, right and bottom pixels.
        points (tuple[tuple[int, int], ...]): Places (x, y): the inmost one, the most
            certain one, and the background that is surest.
        labels (tuple[int, ...]): Of the points.
    """

    part: np.ndarray = field(repr=False)
    box: tuple[int, int, int, int]
    points: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]


def parts_of(probabilities: np.ndarray, min_share: float) -> list[AskedPart]:
    """Each connected part of a mask, with what to ask of it.

    Args:
        probabilities (np.ndarray): (H, W), float32; the mask is where it is above 0.5.
        min_share (float): Parts that are smaller, as a share of the image, are left
            out.
    """
    mask = probabilities > 0.5
    number, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    found = []
    for place in range(1, number):
        left, top, width, height, area = stats[place].tolist()
        if area < min_share * mask.size:
            continue
        part, box = parts == place, (left, top, left + width - 1, top + height - 1)
        points = [_inmost(part), _surest(probabilities, part)]
        outside = _background_near(mask, box)
        labels = (FOREGROUND, FOREGROUND, BACKGROUND if outside.any() else NO_POINT)
        points.append(_surest(-probabilities, outside) if outside.any() else (0, 0))
        found.append(AskedPart(part, box, tuple(points), labels))
    return found


def _inmost(region: np.ndarray) -> tuple[int, int]:
    return _first_largest(_depth(region))


def _surest(certainty: np.ndarray, region: np.ndarray) -> tuple[int, int]:
    """Where it is largest in a region; of equal places the inmost."""
    best = certainty[region].max()
    return _first_largest(np.where(region & (certainty == best), _depth(region), -1))


def _depth(region: np.ndarray) -> np.ndarray:
    """Distance to what is not in a region; the image's border is not."""
    padded = np.pad(region, 1).astype(np.uint8)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def _first_largest(values: np.ndarray) -> tuple[int, int]:
    y, x = np.unravel_index(values.argmax(), values.shape)
    return int(x), int(y)


def _background_near(mask: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """What is not in the mask, in a box that is somewhat larger."""
    left, top, right, bottom = box
    across = max(round(_GROWTH * (right - left + 1)), 1)
    down = max(round(_GROWTH * (bottom - top + 1)), 1)
    near = np.zeros_like(mask)
    rows = slice(max(top - down, 0), bottom + down + 1)
    near[rows, max(left - across, 0) : right + across + 1] = True
    return near & ~mask
